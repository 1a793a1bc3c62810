// Confused classes, and the samples that cost most.

function confusion(data) {
  const samples = data.samples;
  if (!samples || !samples.confusion) return null;
  const counts = samples.confusion, n = counts.length;
  const right = counts.reduce((sum, row, i) => sum + row[i], 0);
  const about = 'Of ' + (samples.samples < samples.of ? 'the first ' : '') +
      counted(samples.samples, 'sample') + ' of ' + samples.block + ', ' + number(right, 9) + ' (' +
      number(right / samples.samples * 100, 4) + thin + '%) are put into their class. A row for each true class, a ' +
      'column for what the network says.';
  return section('confusion', 'Confusion', about,
      n <= 30 ? matrix(counts) : null, pairs(counts));
}

function matrix(counts) {
  const most = Math.max(1, ...counts.flatMap((row, i) => row.filter((_, j) => i !== j)));
  const cell = (count, i, j) => {
    const total = counts[i].reduce((a, b) => a + b, 0) || 1;
    const strength = i === j ? count / total : count / most;
    return el('td', {
      class: i === j ? 'hit' : count ? 'miss' : 'none', style: '--strength:' + strength.toFixed(3),
      title: counted(count, 'sample') + ' of class ' + i + (i === j ? ', found' : ' taken for ' + j)
    }, count ? number(count, 9) : '');
  };
  const rows = counts.map((row, i) => {
    const total = row.reduce((a, b) => a + b, 0);
    return el('tr', null, el('th', {scope: 'row'}, i), row.map((count, j) => cell(count, i, j)),
              el('td', {class: 'recall muted'}, total ? number(row[i] / total * 100, 3) + thin + '%' : '–'));
  });
  return el('div', {class: 'wide'}, el('table', {class: 'matrix'},
      el('thead', null, el('tr', null, el('th', null, ''), counts.map((_, j) => el('th', {scope: 'col'}, j)),
                           el('th', {class: 'recall muted'}, 'found'))),
      el('tbody', null, rows)));
}

function pairs(counts) {
  const all = [];
  counts.forEach((row, i) => row.forEach((count, j) => {
    if (i !== j && count > 0) all.push([count, i, j]);
  }));
  all.sort((a, b) => b[0] - a[0]);
  if (all.length === 0) return null;
  return el('p', {class: 'pairs'}, 'Most often confused: ', all.slice(0, 6).map(([count, i, j], k) =>
    [k ? ', ' : '', el('b', null, i + ' taken for ' + j), ' (' + number(count, 9) + ')']), '.');
}

function drawPicture(picture) {
  const canvas = el('canvas', {width: picture.columns, height: picture.rows, class: 'picture'});
  const bytes = Uint8Array.from(atob(picture.pixels), c => c.charCodeAt(0));
  const context = canvas.getContext('2d');
  const image = context.createImageData(picture.columns, picture.rows);
  for (let i = 0; i < picture.rows * picture.columns; ++i) {
    for (let c = 0; c < 3; ++c)
      image.data[4 * i + c] = bytes[picture.channels === 3 ? 3 * i + c : i];
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

function list(numbers) {
  return numbers.length === 1 ? number(numbers[0], 3) :
                                '[' + numbers.map(value => number(value, 3)).join(', ') + ']';
}

function sampleCard(sample) {
  const said = sample.truth !== undefined ?
      (sample.truth === sample.predicted ?
           [el('b', null, sample.truth), ', found'] :
           [el('b', null, sample.truth), ' taken for ', el('b', {class: 'wrong'}, sample.predicted)]) :
      sample.target || sample.output ?
          [sample.target ? ['wanted ', el('b', null, list(sample.target))] : null,
           sample.target && sample.output ? ', ' : null,
           sample.output ? ['got ', el('b', null, list(sample.output))] : null] : null;
  const output = sample['output picture'];
  return el('figure', {class: 'sample'},
      output ? el('div', {class: 'side-by-side'}, drawPicture(sample.picture), drawPicture(output)) :
      sample.picture ? drawPicture(sample.picture) :
                       sample.numbers ? el('p', {class: 'numbers'}, list(sample.numbers)) : null,
      el('figcaption', null, said ? el('span', null, said) : null,
         el('span', {class: 'muted'}, 'cost ' + number(sample.cost, 3)),
         el('span', {class: 'muted'}, 'no. ' + number(sample.sample, 9))));
}

function worst(data) {
  const samples = data.samples;
  if (!samples || !samples.worst || samples.worst.length === 0) return null;
  const hasOutputs = samples.worst.some(sample => sample['output picture']);
  const about = 'The ' + samples.worst.length + ' of ' + counted(samples.samples, 'sample') + ' of ' +
      samples.block + ' whose cost is largest, by their numbers in the block, counted from 0' +
      (hasOutputs ? '; on the right what the network makes of them.' : '.');
  return section('worst', 'The worst samples', about,
                 el('div', {class: hasOutputs ? 'samples of-two' : 'samples'}, samples.worst.map(sampleCard)));
}
