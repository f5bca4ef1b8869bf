// A run as a picture: panels one below the other on one axis of time. No dependencies.
const width = 860;
const left = 58;
const right = 16;
const gap = 44;
const panelHeight = 104;
const head = 56;
const inner = width - left - right;

const escape = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const at = (value) => value.toFixed(1);

/** Round numbers from 0 to at least the highest value, about as many as wished. */
function ticksTo(highest, count = 4) {
  const rough = Math.max(highest, 1e-9) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) * power;
  return Array.from({ length: Math.ceil(highest / step - 1e-9) + 1 }, (_, i) => i * step);
}

/** Powers of ten from below the lowest value to above the highest. */
function decades(lowest, highest) {
  const from = Math.floor(Math.log10(Math.max(lowest, 1)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(highest, 1))));
  return Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));
}

/** Without the points in the middle of a level line. */
const thin = (points) => points.filter(([, y], i) => y !== points[i - 1]?.[1] || y !== points[i + 1]?.[1]);

/** The same points as stairs: a value holds until the next one. */
const stairs = (points, end) => points.flatMap(([x, y], i) => [[x, y], [points[i + 1]?.[0] ?? end, y]]);

/**
 * @param {{title: string, subtitle: string, seconds: number, panels: object[]}} picture each panel: title, unit, log, series of {name, colour, points, kind: line | area | stairs | filled-stairs | dots, dash}, marks of {value, name}
 */
export function chart({ title, subtitle, seconds, panels }) {
  const height = head + panels.length * (panelHeight + gap) + 8;
  const x = (second) => left + (inner * Math.min(Math.max(second, 0), seconds)) / seconds;
  const axis = ticksTo(seconds, 9).filter((tick) => tick <= seconds);
  const body = panels.map((panel, index) => drawPanel(panel, head + 28 + index * (panelHeight + gap), x, axis, seconds));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">
<title>${escape(title)}</title>
<rect width="${width}" height="${height}" fill="white"/>
<text x="${left}" y="24" font-size="16" font-weight="600" fill="#222">${escape(title)}</text>
<text x="${left}" y="43" fill="#666">${escape(subtitle)}</text>
${body.join('\n')}
</svg>
`;
}

function drawPanel({ title, unit, log = false, series, marks = [] }, top, x, axis, seconds) {
  const bottom = top + panelHeight;
  const values = [...series.flatMap(({ points }) => points.map(([, value]) => value)), ...marks.map(({ value }) => value)];
  const positive = values.filter((value) => value > 0);
  const ticks = log ? decades(Math.min(...positive, 1000), Math.max(...positive, 10)) : ticksTo(Math.max(...values, 1));
  const scale = log
    ? (value) => Math.log10(Math.max(value, ticks[0]) / ticks[0]) / Math.log10(ticks.at(-1) / ticks[0])
    : (value) => value / ticks.at(-1);
  const y = (value) => bottom - panelHeight * Math.min(1, Math.max(0, scale(value)));
  const path = (points) => points.map(([second, value], i) => `${i ? 'L' : 'M'}${at(x(second))} ${at(y(value))}`).join('');
  const closed = (points) => (points.length === 0 ? '' : `${path(points)}L${at(x(points.at(-1)[0]))} ${at(bottom)}L${at(x(points[0][0]))} ${at(bottom)}Z`);
  const draw = ({ kind, points, colour, dash }) => {
    const line = thin(kind.endsWith('stairs') ? stairs(thin(points), seconds) : points);
    const stroke = (way) => `<path d="${way}" fill="none" stroke="${colour}" stroke-width="1.6" stroke-linejoin="round"${dash ? ` stroke-dasharray="${dash}"` : ''}/>`;
    if (kind === 'dots') return points.map(([second, value]) => `<circle cx="${at(x(second))}" cy="${at(y(value))}" r="2.2" fill="${colour}"/>`).join('');
    if (kind === 'area' || kind === 'filled-stairs') return `<path d="${closed(line)}" fill="${colour}" fill-opacity="0.22"/>${stroke(path(line))}`;
    return stroke(path(line));
  };
  let legend = x(0) + 8 * title.length + 16;
  const legends = series.map(({ name, colour, dash, kind }) => {
    const from = legend;
    legend += 34 + 6.6 * name.length;
    const key = kind === 'dots' ? `<circle cx="${at(from + 9)}" cy="${top - 12}" r="2.6" fill="${colour}"/>` : `<line x1="${at(from)}" x2="${at(from + 18)}" y1="${top - 12}" y2="${top - 12}" stroke="${colour}" stroke-width="2.4"${dash ? ` stroke-dasharray="${dash}"` : ''}/>`;
    return `${key}<text x="${at(from + 23)}" y="${top - 8}" fill="#444">${escape(name)}</text>`;
  });
  return `<g>
<text x="${left}" y="${top - 8}" font-weight="600" fill="#222">${escape(title)}</text>${legends.join('')}
${ticks.map((tick) => `<line x1="${left}" x2="${left + inner}" y1="${at(y(tick))}" y2="${at(y(tick))}" stroke="${tick === ticks[0] ? '#999' : '#e6e6e6'}"/><text x="${left - 8}" y="${at(y(tick) + 4)}" text-anchor="end" fill="#666">${label(tick)}</text>`).join('')}
<text x="${left + inner}" y="${top - 8}" text-anchor="end" fill="#888">${escape(unit)}</text>
${axis.map((tick) => `<line x1="${at(x(tick))}" x2="${at(x(tick))}" y1="${bottom}" y2="${bottom + 4}" stroke="#999"/><text x="${at(x(tick))}" y="${bottom + 16}" text-anchor="middle" fill="#888">${label(tick)} s</text>`).join('')}
${marks.map(({ value, name }) => `<line x1="${left}" x2="${left + inner}" y1="${at(y(value))}" y2="${at(y(value))}" stroke="#999" stroke-dasharray="5 4"/><text x="${left + inner - 4}" y="${at(y(value) - 4)}" text-anchor="end" fill="#888">${escape(name)}</text>`).join('')}
${series.map(draw).join('\n')}
</g>`;
}

const label = (value) => (value >= 1000 ? `${value / 1000}k` : `${Math.round(value * 100) / 100}`);
