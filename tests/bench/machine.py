"""What the figures were measured on: processor, date, compilers, libraries."""

import datetime
import os
import platform
import re
import subprocess

PACKAGES = {
    "OpenBLAS": "libopenblas0-pthread",
    "Armadillo": "libarmadillo-dev",
    "Highway": "libhwy-dev",
    "LIBXSMM": "libxsmm-dev",
    "oneDNN": "libdnnl2",
    "NumPy": "python3-numpy",
    "PyTorch": "python3-torch",
    "libtorch": "libtorch-dev",
    "dlib": "libdlib-dev",
    "FANN": "libfann-dev",
}


def output_of(*command):
    """What a command prints, or nothing where it fails or is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""


def processor():
    fields = dict(re.findall(r"^([^:]+):\s*(.*)$", output_of("lscpu"), re.MULTILINE))
    model = fields.get("Model name", platform.processor() or "unknown processor")
    wide = "AVX-512" if "avx512f" in fields.get("Flags", "") else "no AVX-512"
    kind = f", in a virtual machine ({fields['Hypervisor vendor']})" if "Hypervisor vendor" in fields else ""
    caches = ", ".join(f"{level} {fields[level + ' cache'].split(' (')[0]}"
                       for level in ("L1d", "L2", "L3") if level + " cache" in fields)
    return f"{fields.get('CPU(s)', '?')} cores of {model} ({wide}; all caches: {caches}){kind}"


def system():
    name = re.search(r'^PRETTY_NAME="(.*)"', output_of("cat", "/etc/os-release"), re.MULTILINE)
    return name.group(1) if name else platform.system()


def libraries():
    """Name and version of each Debian package that is there."""
    found = []
    for name, package in PACKAGES.items():
        version = output_of("dpkg-query", "-W", "-f=${db:Status-Status} ${Version}", package)
        if version.startswith("installed "):
            found.append(f"{name} {version.split()[1].split('-')[0].split('+')[0].split(':')[-1]}")
    return found


def blas_settings():
    """What the environment tells OpenBLAS: its kernels may be others than the processor's."""
    return [f"{name}={value}" for name, value in sorted(os.environ.items())
            if name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")]


def describe(compiler):
    """`compiler`: of our programs."""
    return {"date": datetime.date.today().isoformat(), "processor": processor(), "system": system(),
            "compiler": f"g++ {compiler}", "libraries": libraries() + blas_settings()}


def sentence(machine):
    return (f"{machine['date']}; {machine['processor']}; {machine['system']}; {machine['compiler']}; "
            f"{', '.join(machine['libraries'])}.")
