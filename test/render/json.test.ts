import { expect, test } from 'vitest';
import { renderJson } from '../../src/render/json.js';
import { parseResultDocument } from '../../src/store/parse.js';
import { documentOf, exampleDocument, patternsDocument } from '../fixtures/measurements.js';

test('is the document, laid out as always', async () => {
  // One small cell: the file is for reading.
  const [cell] = exampleDocument().results.slice(-2);
  const text = renderJson(documentOf(cell === undefined ? [] : [cell]));
  await expect(text).toMatchFileSnapshot('../fixtures/golden/document.json.txt');
});

test.each([exampleDocument(), patternsDocument()])('what is rendered can be loaded', (document) => {
  expect(parseResultDocument(renderJson(document), 'x')).toEqual(document);
});
