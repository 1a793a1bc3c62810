// Elements and numbers. Every text of the data becomes a text node: none is ever read as HTML.
function el(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {}))
    // A style attribute is inline style, which the page forbids; the same by the object model is not.
    if (name === 'style') element.style.cssText = value;
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      element.setAttribute(name, value === true ? '' : value);
  element.append(...children.flat(3).filter(child => child !== null && child !== undefined));
  return element;
}

function svg(tag, attributes, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const thin = '\u2009', minus = '\u2212';

const words = {NaN: 'NaN', inf: '∞', '-inf': minus + '∞'};

// So many significant digits, as people read them: 0.1523, 12,300, 1.2e−7. A number that is not
// finite comes as a word.
function number(value, digits = 4) {
  if (value in words) return words[value];
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
    return (Number(mantissa) + '\u00d710' + superscript(Number(exponent))).replace('-', minus);
  }
  const text = Number.isInteger(value) && size < 1e9 ? value : Number(value.toPrecision(digits));
  return text.toLocaleString('en', {maximumFractionDigits: 10}).replace('-', minus);
}

function superscript(exponent) {
  const digits = {'-': '\u207b', 0: '\u2070', 1: '\u00b9', 2: '\u00b2', 3: '\u00b3'};
  return String(exponent).replace(
      /[-0-9]/g, c => digits[c] || String.fromCharCode(0x2070 + Number(c)));
}

function percent(share) {
  const value = share * 100;
  return (value > 0 && value < 1 ? number(value, 1) : String(Math.round(value))) + thin + '%';
}

function duration(seconds) {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 1e-3) return number(seconds * 1e6, 3) + ' µs';
  if (seconds < 1) return number(seconds * 1e3, 3) + ' ms';
  if (seconds < 120) return number(seconds, 3) + ' s';
  const minutes = Math.round(seconds / 60), hours = Math.floor(minutes / 60);
  if (hours === 0) return minutes + ' min';
  return hours < 48 ? hours + ' h ' + minutes % 60 + ' min' : Math.round(hours / 24) + ' days';
}

function counted(count, thing) {
  return number(count) + ' ' + thing + (count === 1 ? '' : 's');
}

function shapeText(shape) { return shape.length === 0 ? 'a number' : shape.join('\u2009×\u2009'); }

function css(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function copyable(text) {
  const button = el('button', {
    class: 'copy screen', type: 'button', title: 'copy', onclick: () => {
      navigator.clipboard.writeText(text).then(() => {
        button.textContent = 'copied';
        setTimeout(() => button.textContent = 'copy', 1500);
      }, () => getSelection().selectAllChildren(code));
    }
  }, 'copy');
  const code = el('code', null, text);
  return el('div', {class: 'command'}, code, button);
}

// A heading with an anchor, a line that says what is shown, and the rest.
function section(id, title, about, ...content) {
  return el('section', {id}, el('h2', null, title), about ? el('p', {class: 'about'}, about) : null,
            content);
}
