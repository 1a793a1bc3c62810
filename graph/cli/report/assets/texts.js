// Equations, and how to make the run again.

function equations(data) {
  if (!data.equations && data.state === 'running') return null;
  const from = data['made from'];
  if (!data.equations)
    return section('equations', 'The delta equations',
                   'They were not there when the run ended; this prints them:',
                   copyable('ebb derive ' + from.script));
  const groups = [];
  for (const equation of data.equations) {
    const key = equation.kind + (equation.parameters || []).join();
    if (!groups.length || groups.at(-1).key !== key)
      groups.push({key, kind: equation.kind, parameters: equation.parameters, all: []});
    groups.at(-1).all.push(equation);
  }
  const good = data.equations.every(equation => equation.verified);
  const about = 'The equations of backpropagation that the graph yields, in the names of ' +
      from.script + '. ' + (good ?
          'Each was held against central differences of the cost, the update against a compiled step.' :
          'Those marked were found wrong.');
  return section('equations', 'The delta equations', about, groups.map(group => el('div', {class: 'equations'},
      el('h3', null, group.kind, group.parameters ?
          el('span', {class: 'muted'}, ' for w in ' + group.parameters.join(', ')) : null),
      group.all.map(e => el('p', {class: e.verified ? 'equation' : 'equation wrong'},
          el('span', {class: 'left'}, e.left), ' = ', e.right,
          e.verified ? null : ' (off by ' + number(e.difference, 2) + ')')))));
}

function table(entries) {
  return el('div', {class: 'wide'}, el('table', {class: 'entries'}, el('tbody', null, entries.map(
      ([name, value]) => el('tr', null, el('th', {scope: 'row'}, name), el('td', null, value))))));
}

function reproduce(data) {
  const from = data['made from'], on = data['made on'], manifest = data.manifest;
  const machine = [on.machine, counted(on.cores, 'core') + ', ' + counted(on.threads, 'thread') + ' used', on.system];
  return section('reproduce', 'How to make it again',
      'With the same script, data, seed and libraries the weights are the same to the bit, whatever the number of threads.',
      copyable(from.command),
      manifest ? [el('p', {class: 'about'}, 'This trains again as ' + manifest.path + ' says, and compares:'),
                  copyable('ebb replay ' + manifest.path),
                  table([['weights', manifest.weights], ['updates', number(manifest.updates, 9)],
                         ...Object.entries(manifest['made from'])])] : null,
      el('details', null, el('summary', null, 'The script, as it was'), el('pre', null, from.text)),
      el('details', null, el('summary', null, 'Machine and versions'),
         el('pre', null, machine.filter(Boolean).join('\n') + '\n' + on.ebb)));
}
