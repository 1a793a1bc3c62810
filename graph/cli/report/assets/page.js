// The page: its sections from the data, again whenever there are newer ones.

const sections = {
  summary, network,
  curves: data => {
    const specs = chartSpecs(data, [['cost', 'Cost'], ['metric']]);
    return specs.length === 0 ? null : section('curves', 'Curves',
        [el('span', {class: 'by-mouse'}, 'Drag to zoom, a double click shows the whole run; all curves move together.'),
         el('span', {class: 'by-finger'}, 'A finger on a chart, moved sideways, shows the numbers below it, in all charts.'),
         (data.best ? ' The dotted line is the best epoch.' : ''),
         (data['looked at'] < data['made from'].samples ?
             ' Metrics on train are those of ' + number(data['looked at'], 9) + ' of its samples.' : '')],
        chartGrid('chart-grid', specs));
  },
  steps: data => {
    const specs = chartSpecs(data, [['rate', 'Learning rate'], ['gradient', 'Norm of the gradient'],
                                    ['norm', 'Norm of the weights']]);
    return specs.length === 0 ? null : section('steps', 'Steps and norms',
        isByLayers(data) ? 'Euclidean norms of each layer, its parameters as one vector.' :
                           'Euclidean norms of each parameter.',
        chartGrid('step-grid', specs));
  },
  confusion, worst, weights, times, equations, reproduce
};

const names = {
  summary: 'Summary', network: 'Network', curves: 'Curves', steps: 'Norms', confusion: 'Confusion',
  worst: 'Worst samples', weights: 'Weights', times: 'Time', equations: 'Equations',
  reproduce: 'Again'
};

function render(data) {
  document.title = data['made from'].script + ' · Ebb';
  const page = document.getElementById('page');
  const open = new Set([...page.querySelectorAll('details[open]')].map(d => d.textContent));
  const made = Object.values(sections).map(make => make(data)).filter(Boolean);
  const links = made.map(part => el('a', {href: '#' + part.id}, names[part.id]));
  page.replaceChildren(headline(data), el('nav', {class: 'screen', 'aria-label': 'sections'}, links),
                       el('main', null, made),
                       el('footer', null, 'Made by Ebb. This page needs no network: keep it, send it, print it.'));
  for (const details of page.querySelectorAll('details'))
    details.open = open.has(details.textContent);
  // Now that they have a width; an observer is told of it later.
  for (const chart of charts.values()) chart.fit();
}

// Whoever opens the page without looking at it can ask the page itself whether all is well.
function tell(name, value) { document.documentElement.dataset[name] = value; }

function hasInk(canvas) {
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  for (let i = 3; i < pixels.length; i += 4) if (pixels[i] !== 0) return true;
  return false;
}

function checkItself() {
  const drawn = [...document.querySelectorAll('.plot canvas')];
  tell('charts', drawn.length);
  tell('inked', drawn.filter(hasInk).length);
  tell('ready', 'yes');
}

async function follow() {
  let version = 0, state = 'running';
  while (state === 'running') {
    try {
      const answer = await fetch('data?after=' + version, {cache: 'no-store'});
      if (answer.status === 204) continue;
      if (!answer.ok) throw new Error(answer.statusText);
      version = Number(answer.headers.get('Ebb-Version'));
      const data = await answer.json();
      render(data);
      state = data.state;
    } catch (error) {
      document.querySelector('.state').replaceChildren('the run has ended or is out of reach');
      return;
    }
  }
}

window.addEventListener('error', event => tell('error', event.message));
window.addEventListener('securitypolicyviolation', event => tell('error', 'blocked: ' + event.blockedURI));
window.addEventListener('beforeprint', () => toPrint(true));
window.addEventListener('afterprint', () => toPrint(false));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);

function redraw() {
  for (const chart of charts.values()) if (chart.plot) chart.plot.redraw(false);
}

function toPrint(prints) {
  document.documentElement.classList.toggle('printing', prints);
  for (const chart of charts.values()) chart.fit();
  redraw();
}

render(JSON.parse(document.getElementById('data').textContent));
setTimeout(checkItself);
if (document.documentElement.dataset.kind === 'live') follow();
