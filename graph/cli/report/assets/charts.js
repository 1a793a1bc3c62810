// Curves, on uPlot.

const palette = 12;

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
    this.wholeButton = el('button', {type: 'button', hidden: true, onclick: showWhole}, 'whole run');
    this.element = el('figure', {class: 'chart'},
        el('figcaption', null, el('h3', null, spec.title),
           el('span', {class: 'tools screen'}, this.wholeButton, this.logButton)),
        this.place);
    this.spec = spec;
    // In a frame of its own: a chart that grows would call the observer in its own call.
    new ResizeObserver(() => requestAnimationFrame(() => this.fit())).observe(this.place);
  }

  // The same curves with other numbers keep the zoom.
  update(spec) {
    const same = this.plot && spec.curves.length === this.spec.curves.length &&
        spec.curves.every((curve, i) => curve.label === this.spec.curves[i].label);
    this.spec = spec;
    if (!same) return this.make();
    const zoom = this.zoom();
    this.plot.setData(this.data(), !zoom);
    if (zoom) this.plot.setScale('x', zoom);
  }

  // Null where the whole run is shown.
  zoom() {
    if (!this.plot || this.wholeButton.hidden) return null;
    const {min, max} = this.plot.scales.x;
    return {min, max};
  }

  // Whether logarithms show more.
  isWide() {
    const all = this.spec.curves.flatMap(curve => curve.values).filter(Number.isFinite);
    const least = all.reduce((a, b) => Math.min(a, b), Infinity);
    return least > 0 && all.reduce((a, b) => Math.max(a, b), 0) > 2 * least;
  }

  // Where a curve has no number its line goes on; where it has one that is not finite there is a gap.
  data() {
    const drawn = value => value === null ? undefined : Number.isFinite(value) ? value : null;
    return [this.spec.x, ...this.spec.curves.map(curve => curve.values.map(drawn))];
  }

  whole() { if (this.plot) this.plot.setData(this.data(), true); }

  size() { return {width: Math.max(this.place.clientWidth, 200), height: 250}; }

  fit() {
    if (this.place.clientWidth === 0) return;
    if (!this.plot) this.make();
    else if (this.plot.width !== this.size().width) this.plot.setSize(this.size());
  }

  make() {
    const zoom = this.zoom();
    if (this.plot) this.plot.destroy();
    this.logButton.hidden = !this.isWide();
    const log = this.log && this.isWide();
    this.plot = new uPlot(this.options(log), this.data(), this.place);
    if (zoom) this.plot.setScale('x', zoom);
    byTouch(this.plot);
  }

  options(log) {
    const few = this.spec.x.length < 40;
    const color = i => seriesColor(this.spec.curves[i].color);
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
      legend: {markers: {width: 0, fill: (u, i) => i > 0 ? 'var(' + color(i - 1) + ')' : 'none'}},
      series: [
        {label: this.spec.unit, value: (u, v) => number(v === null ? this.spec.x.at(-1) : v)},
        ...this.spec.curves.map((curve, i) => ({
          label: curve.label, width: 1.75, spanGaps: false, stroke: () => css(color(i)),
          dash: curve.dashed ? [5, 4] : undefined,
          points: {show: few, filter: (u, of, all) => all ? null : alone(u.data[of]), size: 5, fill: () => css(color(i))},
          value: (u, v, of, at) => number(lastOf(this.spec.curves[i].values, at))
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

function showWhole() { for (const chart of charts.values()) chart.whole(); }

// What stands at that place or, where there is none, before it; null: the last of all.
function lastOf(values, at = null) {
  for (let i = at === null ? values.length - 1 : at; i >= 0; --i)
    if (values[i] !== null) return values[i];
  return null;
}

// Places of numbers with a gap on both sides, which no line shows.
function alone(values) {
  const known = [...values.keys()].filter(i => values[i] !== undefined);
  const isGap = k => k < 0 || k === known.length || values[known[k]] === null;
  return known.filter((i, k) => values[i] !== null && isGap(k - 1) && isGap(k + 1));
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

// A data block or a layer has one colour in all charts; what is averaged shares it.
function specOf(data, all, title, curves, label) {
  const like = {metric: 'cost', gradient: 'norm'}[curves[0].kind] || curves[0].kind;
  const names = [...new Set(all.filter(c => c.kind === like).map(c => plain(c.of)))];
  return {
    title, x: data.history.x, unit: data.unit, best: data.best,
    curves: curves.map(curve => ({
      label: label(curve), values: curve.values, color: Math.max(0, names.indexOf(plain(curve.of))),
      dashed: curve.of !== plain(curve.of)
    }))
  };
}

// The layer of each parameter: its name without its last parts, as many as leave no more curves than
// there are colours.
function layersOf(names) {
  let layers = names;
  while (new Set(layers).size > palette && layers.some(name => name.includes('.')))
    layers = layers.map(name => name.replace(/\.[^.]*$/, ''));
  const shown = [...new Set(layers)];
  const kept = shown.length > palette ? shown.slice(0, palette - 1) : shown;
  return new Map(names.map((name, i) => [name, kept.includes(layers[i]) ? layers[i] : 'the others']));
}

function isByLayers(data) {
  return data.history.curves.filter(curve => curve.kind === 'norm').length > palette;
}

// The norm of several vectors as one; of rates, which have none, the first.
function together(kind, values) {
  const known = values.filter(value => value !== null);
  if (known.length === 0) return null;
  if (kind === 'rate') return known[0];
  return known.every(Number.isFinite) ? Math.hypot(...known) : known.includes('NaN') ? 'NaN' : 'inf';
}

// Of many parameters the curves of their layers.
function fewCurves(data) {
  const curves = data.history.curves;
  if (!isByLayers(data)) return curves;
  const layers = layersOf(curves.filter(curve => curve.kind === 'norm').map(curve => curve.of));
  const groups = new Map();
  for (const curve of curves) {
    const of = layers.get(curve.of), key = curve.kind + ' ' + of;
    if (!['norm', 'gradient', 'rate'].includes(curve.kind) || !of) groups.set(groups.size, [curve]);
    else groups.set(key, [...(groups.get(key) || []), {...curve, of}]);
  }
  return [...groups.values()].map(group => group.length === 1 ? group[0] : {
    ...group[0], values: data.history.x.map((_, i) => together(group[0].kind, group.map(c => c.values[i])))
  });
}

function plain(of) { return of.replace(/, averaged$/, ''); }

// [id, spec] of each chart: of costs and metrics, and of steps and norms.
function chartSpecs(data, kinds) {
  const specs = [], all = fewCurves(data);
  for (const [kind, title] of kinds) {
    const curves = all.filter(
        curve => curve.kind === kind && curve.values.some(value => value !== null));
    const titles = kind === 'metric' ? [...new Set(curves.map(curve => curve.name))] : [title];
    for (const one of titles) {
      const its = curves.filter(curve => kind !== 'metric' || curve.name === one);
      if (its.length > 0)
        specs.push([kind + ' ' + one, specOf(data, all, one, its, curve => curve.of || title)]);
    }
  }
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
