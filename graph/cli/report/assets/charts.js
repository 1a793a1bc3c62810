// Curves, on uPlot.

const palette = 8;

function seriesColor(index) { return '--series-' + (index % palette + 1); }

// One chart: {title, curves: [{label, values}], x, unit, log, best}.
class Chart {
  constructor(spec) {
    this.log = false;
    this.plot = null;
    this.place = el('div', {class: 'plot'});
    this.logButton = el('button', {
      type: 'button', 'aria-pressed': 'false', onclick: () => {
        this.log = !this.log;
        this.logButton.setAttribute('aria-pressed', String(this.log));
        this.make();
      }
    }, 'logarithmic');
    this.wholeButton = el('button', {type: 'button', hidden: true, onclick: () => this.whole()},
                          'whole run');
    this.element = el('figure', {class: 'chart'},
        el('figcaption', null, el('h3', null, spec.title),
           el('span', {class: 'tools screen'}, this.wholeButton, this.logButton)),
        this.place);
    this.spec = spec;
    new ResizeObserver(() => this.fit()).observe(this.place);
  }

  // The same curves with other numbers keep the zoom.
  update(spec) {
    const same = this.plot && spec.curves.length === this.spec.curves.length &&
        spec.curves.every((curve, i) => curve.label === this.spec.curves[i].label);
    this.spec = spec;
    if (!same) return this.make();
    const {min, max} = this.plot.scales.x, zoomed = !this.wholeButton.hidden;
    this.plot.setData(this.data(), !zoomed);
    if (zoomed) this.plot.setScale('x', {min, max});
  }

  positive() {
    const all = this.spec.curves.flatMap(curve => curve.values).filter(v => v !== null);
    return all.length > 0 && all.every(value => value > 0);
  }

  data() { return [this.spec.x, ...this.spec.curves.map(curve => curve.values)]; }

  whole() { this.plot.setData(this.data(), true); }

  size() { return {width: Math.max(this.place.clientWidth, 200), height: 250}; }

  fit() {
    if (this.plot && this.place.clientWidth > 0) this.plot.setSize(this.size());
    else if (this.place.clientWidth > 0) this.make();
  }

  make() {
    if (this.plot) this.plot.destroy();
    this.logButton.hidden = !this.positive();
    const log = this.log && this.positive();
    this.plot = new uPlot(this.options(log), this.data(), this.place);
    byTouch(this.plot);
  }

  options(log) {
    const few = this.spec.x.length < 40;
    const axis = {
      stroke: () => css('--muted'), font: '12px ' + css('--font'), ticks: {show: false},
      grid: {stroke: () => css('--grid'), width: 1}
    };
    return {
      ...this.size(),
      cursor: {sync: {key: 'x', setSeries: false}, drag: {x: true, y: false, dist: 6},
               points: {size: 7}, focus: {prox: 24}},
      focus: {alpha: 0.35},
      scales: {x: {time: false, range: (u, min, max) => widened(min, max)},
               y: log ? {distr: 3} : {range: (u, min, max) => room(min, max)}},
      axes: [{...axis, size: 34, values: (u, splits) => splits.map(v => Number.isInteger(v) ? number(v) : '')},
             {...axis, size: sizeOfAxis, values: (u, splits) => splits.map(v => v === null ? '' : number(v, 3))}],
      legend: {markers: {width: 0, fill: (u, i) => 'var(' + seriesColor(i - 1) + ')'}},
      series: [
        {label: this.spec.unit, value: (u, v) => number(v === null ? this.spec.x.at(-1) : v)},
        ...this.spec.curves.map((curve, i) => ({
          label: curve.label, width: 1.75, spanGaps: true, stroke: () => css(seriesColor(i)),
          dash: curve.dashed ? [5, 4] : undefined,
          points: {show: few, size: 5, fill: () => css(seriesColor(i))},
          value: (u, v) => number(v === null ? lastOf(u.data[i + 1]) : v)
        }))
      ],
      hooks: {
        drawClear: [u => markBest(u, this.spec.best)],
        setScale: [(u, key) => {
          if (key === 'x') this.wholeButton.hidden = !isZoomed(u);
        }]
      }
    };
  }
}

function lastOf(values) {
  for (let i = values.length - 1; i >= 0; --i) if (values[i] !== null) return values[i];
  return null;
}

function widened(min, max) { return min === max ? [min - 0.5, max + 0.5] : [min, max]; }

// A little air above and below; 0 is the floor of what comes near it and is nowhere negative.
function room(min, max) {
  if (min === null || max === null) return [0, 1];
  const air = (max - min) * 0.06 || Math.abs(max) * 0.1 || 1;
  return [min >= 0 && min < (max - min) * 0.5 ? 0 : min - air, max + air];
}

function isZoomed(u) {
  const x = u.data[0];
  if (x.length < 2) return false;
  return u.scales.x.min > x[0] || u.scales.x.max < x[x.length - 1];
}

function sizeOfAxis(u, values) {
  const longest = (values || []).reduce((most, text) => Math.max(most, String(text || '').length), 3);
  return Math.ceil(longest * 7 + 14);
}

// Where the weights on `validation` were best.
function markBest(u, best) {
  if (!best || best < u.scales.x.min || best > u.scales.x.max) return;
  const x = Math.round(u.valToPos(best, 'x', true));
  u.ctx.save();
  u.ctx.strokeStyle = css('--muted');
  u.ctx.setLineDash([3 * devicePixelRatio, 4 * devicePixelRatio]);
  u.ctx.beginPath();
  u.ctx.moveTo(x, u.bbox.top);
  u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
  u.ctx.stroke();
  u.ctx.restore();
}

// A finger that moves sideways shows the numbers below it.
function byTouch(u) {
  const show = event => {
    const touch = event.touches[0], box = u.over.getBoundingClientRect();
    u.setCursor({left: touch.clientX - box.left, top: touch.clientY - box.top});
  };
  u.over.addEventListener('touchstart', show, {passive: true});
  u.over.addEventListener('touchmove', show, {passive: true});
}

function specOf(data, title, curves, label) {
  return {
    title, x: data.history.x, unit: data.unit, best: data.best,
    curves: curves.map(curve => ({
      label: label(curve), values: curve.values, dashed: curve.of.endsWith(', averaged')
    }))
  };
}

// All charts of the data: [id, spec].
function chartSpecs(data) {
  const of = kind => data.history.curves.filter(curve => curve.kind === kind);
  const specs = [];
  const add = (id, title, curves, label) => {
    if (curves.some(curve => curve.values.some(value => value !== null)))
      specs.push([id, specOf(data, title, curves, label)]);
  };
  add('cost', 'Cost', of('cost'), curve => curve.of);
  for (const name of new Set(of('metric').map(curve => curve.name)))
    add('metric ' + name, name, of('metric').filter(curve => curve.name === name), curve => curve.of);
  return specs;
}

function stepSpecs(data) {
  const of = kind => data.history.curves.filter(curve => curve.kind === kind);
  const specs = [];
  const add = (id, title, kind, label) => {
    const curves = of(kind);
    if (curves.some(curve => curve.values.some(value => value !== null)))
      specs.push([id, specOf(data, title, curves, label)]);
  };
  add('rate', 'Learning rate', 'rate', curve => curve.of || 'learning rate');
  add('gradient', 'Norm of the gradients', 'gradient', curve => curve.of);
  add('norm', 'Norm of the weights', 'norm', curve => curve.of);
  return specs;
}

const charts = new Map();

// A grid of charts that outlives new data.
function chartGrid(id, specs) {
  const grid = document.getElementById(id) || el('div', {id, class: 'charts'});
  for (const [name, spec] of specs) {
    if (!charts.has(name)) {
      charts.set(name, new Chart(spec));
      grid.append(charts.get(name).element);
    } else {
      charts.get(name).update(spec);
    }
  }
  return grid;
}
