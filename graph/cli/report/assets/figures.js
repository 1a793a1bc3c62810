// The summary, the network, weights and times.

const stateText = {
  running: 'training', done: 'done', stopped: 'stopped by a signal, and saved', diverged: 'diverged'
};

function headline(data) {
  const from = data['made from'], at = data.progress;
  const done = data.unit === 'epoch' ? at.at - 1 : at.at;
  const share = at.of > 0 ? Math.min(1, (done + (data.unit === 'epoch' ? at.share : 0)) / at.of) : 0;
  const cost = lastOf(costs(data));
  // A run that went on though its cost was no number is not well.
  const lost = data.state === 'done' && cost in words;
  const state = data.state === 'running' ? 'training, ' + percent(share) : stateText[data.state];
  return el('header', null,
      el('p', {class: 'brand'}, 'Ebb', el('span', null, ' · report of a training')),
      el('h1', null, from.script, el('span', {class: 'state ' + (lost ? 'diverged' : data.state)},
                               lost ? 'done, with a cost of ' + number(cost) : state)),
      el('p', {class: 'lead'},
         counted(data.history.x.at(-1) || 0, data.unit),
         data.unit === 'epoch' ? ', ' + counted(at.updates, 'update') : '',
         ' in ' + duration(data.seconds) + ' · ', dateText(data.written)),
      data.ended ? el('p', {class: 'ended'}, data.ended) : null,
      lost ? el('p', {class: 'ended'}, lastFinite(data)) : null,
      data.state === 'running' ? el('div', {class: 'bar'}, el('i', {style: 'width:' + share * 100 + '%'})) : null);
}

function costs(data) {
  const curve = data.history.curves.find(one => one.kind === 'cost' && one.of === 'train');
  return curve ? curve.values : [];
}

function lastFinite(data) {
  const values = costs(data), at = values.findLastIndex(Number.isFinite);
  return at < 0 ? 'The cost was never finite.' :
                  'The cost was finite for the last time in ' + data.unit + ' ' +
                      number(data.history.x[at], 9) + ': ' + number(values[at]) + '.';
}

function dateText(text) {
  const date = new Date(text);
  return el('time', {datetime: text}, date.toLocaleString('en-GB', {
    day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit'
  }));
}

function tile(label, value, note) {
  return el('div', {class: 'tile'}, el('dt', null, label), el('dd', null, value),
            note ? el('dd', {class: 'note'}, note) : null);
}

function lastNumber(curve) { return lastOf(curve.values); }

// Whether a metric is better when it is larger shows in no script, so the best epoch is that of
// the cost on `validation`.
function summary(data) {
  const curves = data.history.curves, from = data['made from'];
  const tiles = [];
  for (const curve of curves.filter(c => c.kind === 'metric' && !c.of.endsWith(', averaged')))
    tiles.push(tile(curve.name, number(lastNumber(curve)), 'on ' + curve.of));
  for (const curve of curves.filter(c => c.kind === 'cost' && !c.of.endsWith(', averaged')))
    tiles.push(tile('cost', number(lastNumber(curve)), 'on ' + curve.of));
  if (data.best) tiles.push(tile('best epoch', number(data.best), 'by the cost on validation'));
  const count = data.parameters.reduce((sum, parameter) => sum + parameter.count, 0);
  tiles.push(tile('weights', number(count, 9), counted(data.parameters.length, 'parameter')));
  tiles.push(tile('time', duration(data.seconds), speed(data)));
  const columns = Math.ceil(tiles.length / Math.ceil(tiles.length / 6));
  return section('summary', 'Summary', null,
      el('dl', {class: 'tiles', style: '--columns:' + columns}, tiles),
      el('dl', {class: 'facts'},
         fact('optimizer', from.optimizer),
         from.samples > 0 ? fact('samples', number(from.samples, 9) + ', ' + (from.minibatch > 0 ? counted(from.minibatch, 'sample') + ' to an update' : 'all for an update')) : null,
         fact('inputs', named(from.inputs) || 'none'),
         fact('outputs', named(from.outputs) || 'none'),
         fact('precision', from.precision + ', seed ' + from.seed)));
}

function named(values) {
  return values.map(({name, shape}) => name + (shape === '[]' ? '' : shape)).join(', ');
}

function fact(name, value) { return value ? [el('dt', null, name), el('dd', null, value)] : null; }

function speed(data) {
  const seconds = data.history.curves.find(curve => curve.kind === 'seconds');
  if (!seconds) return null;
  const typical = seconds.values.filter(v => v !== null).sort((a, b) => a - b);
  const median = typical[typical.length >> 1];
  return median > 0 ? duration(median) + ' an epoch' : null;
}

function network(data) {
  if (!data.network && data.state === 'running') return null;
  if (!data.network)
    return section('network', 'The network',
        'There was no drawing when the run ended. Where Graphviz is installed (on Debian: apt install graphviz), this draws it:',
        copyable('ebb show ' + data['made from'].script + ' --as svg'));
  const about = 'Each call of a layer or a function is a box, drawn by Graphviz; ebb show --depth unfolds them.';
  const parsed = new DOMParser().parseFromString(data.network, 'image/svg+xml');
  const drawing = document.importNode(parsed.documentElement, true);
  if (drawing.tagName !== 'svg') return null;
  const {width} = drawing.viewBox.baseVal;
  drawing.removeAttribute('height');
  drawing.setAttribute('width', '100%');
  drawing.style.cssText = 'min-width:' + Math.min(width, 1600) * 0.75 + 'px;max-width:' + width * 1.35 + 'px';
  return section('network', 'The network', about, el('div', {class: 'drawing'}, drawing));
}

// A long name goes on in the next line after a dot.
function breakable(name) {
  return name.split('.').map((part, i) => i > 0 ? [el('wbr'), '.' + part] : part);
}

function histogram(parameter) {
  const width = 240, height = 72, bins = parameter.bins, most = Math.max(...bins, 1);
  const bar = width / Math.max(bins.length, 1);
  const bars = bins.map((count, i) => svg('rect', {
    x: (i * bar + 0.5).toFixed(2), width: Math.max(bar - 1, 0.5).toFixed(2),
    y: (height - count / most * height).toFixed(2), height: (count / most * height).toFixed(2)
  }));
  return el('figure', {class: 'histogram'},
      el('figcaption', null, el('h3', null, breakable(parameter.name)),
         el('span', {class: 'muted'}, shapeText(parameter.shape))),
      bins.length === 0 ? el('p', {class: 'muted'}, 'no finite number') :
        svg('svg', {viewBox: '0 0 ' + width + ' ' + height, preserveAspectRatio: 'none',
                    role: 'img', 'aria-label': 'histogram of ' + parameter.name}, ...bars),
      el('div', {class: 'ends muted'}, el('span', null, number(parameter.least, 3)),
         el('span', null, number(parameter.most, 3)),
         el('span', {class: 'mean'}, number(parameter.mean, 3) + ' ± ' + number(parameter.deviation, 3))));
}

function weights(data) {
  if (data.parameters.length === 0) return null;
  const about = 'How the numbers of each parameter lie between the least and the greatest of them; ' +
      'below their mean ± standard deviation.';
  return section('weights', 'Weights', about,
                 el('div', {class: 'histograms'}, data.parameters.map(histogram)));
}

const shownSteps = 14;

function times(data) {
  const times = data.times;
  if (!times) return null;
  const steps = times.steps.slice(0, shownSteps).map(step => [step.name, step.seconds, step.product, step.layer]);
  const others = times.steps.slice(shownSteps);
  const sum = steps => steps.reduce((total, step) => total + step.seconds, 0);
  if (others.length > 0) steps.push([counted(others.length, 'other step'), sum(others)]);
  steps.push(['feeding samples', times.feeding]);
  steps.push(['the rest', Math.max(0, times.seconds - sum(times.steps) - times.feeding)]);
  const most = Math.max(...steps.map(step => step[1]), 1e-12);
  const hasLayers = times.steps.some(step => step.layer);
  const about = 'Where the time of an update goes (' + duration(times.seconds / times.updates) +
      '), by the medians of ' + counted(times.updates, 'update') + ' of this run.' +
      (hasLayers ? ' On the left the layer that a step belongs to.' : '');
  return section('times', 'Time of each op', about, el('table', {class: 'steps'},
      el('tbody', null, steps.map(([name, seconds, product, layer]) => el('tr', null,
        hasLayers ? el('td', {class: 'layer'}, breakable(layer || '')) : null,
        el('th', {scope: 'row'}, name, product ? el('small', null, product) : null),
        el('td', {class: 'length'}, el('i', {style: 'width:' + seconds / most * 100 + '%'})),
        el('td', {class: 'figure'}, duration(seconds / times.updates)),
        el('td', {class: 'figure muted'}, percent(seconds / times.seconds)))))));
}
