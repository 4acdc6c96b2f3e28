import { describe, expect, it } from 'vitest';
import { ProxyException } from '#errors';
import { renderTemplate } from './prompt-template.js';

const VALUES = { System: 'S', Prompt: 'P', Suffix: '', Response: '' };

describe('prompt template', () => {
  it.each([
    ['', ''],
    ['plain', 'plain'],
    ['{{ .Prompt }}', 'P'],
    ['{{.Prompt}}', 'P'],
    ['[{{ .System }}|{{ .Prompt }}|{{ .Suffix }}|{{ .Response }}]', '[S|P||]'],
    ['{{ if .System }}<s>{{ .System }}</s>{{ end }}{{ .Prompt }}', '<s>S</s>P'],
    ['{{ if .Suffix }}a{{ else }}b{{ end }}', 'b'],
    ['{{ if .System }}a{{ else }}b{{ end }}', 'a'],
    ['{{ if .System }}{{ if .Suffix }}x{{ else }}y{{ end }}{{ end }}', 'y'],
    ['{{ if .Suffix }}{{ if .System }}x{{ else }}y{{ end }}{{ end }}z', 'z'],
    ['a  {{- .Prompt -}}  b', 'aPb'],
    ['a \n {{- /* a comment */ -}} \n b', 'ab'],
    ['{{ .Prompt }}\n', 'P\n'],
    ['a } b }} c', 'a } b }} c'],
    ['$& $1 {{ .Prompt }}', '$& $1 P'],
  ])('%j becomes %j', (template, text) => {
    expect(renderTemplate(template, VALUES)).toBe(text);
  });

  it('does not look for actions in the values', () => {
    expect(renderTemplate('{{ .Prompt }}', { ...VALUES, Prompt: '{{ .System }}' })).toBe('{{ .System }}');
  });

  it.each([
    '{{ .Messages }}',
    '{{ range .Messages }}{{ end }}',
    '{{ template "x" }}',
    '{{ if eq .System "x" }}{{ end }}',
    '{{ .Prompt',
    '{{ if .System }}x',
    '{{ end }}',
    '{{ else }}',
    '{{ .constructor }}',
  ])('refuses %j', (template) => {
    expect(() => renderTemplate(template, VALUES)).toThrow(ProxyException);
  });

  it.each([
    ['{{ .Prompt', 'template: :1: unclosed action'],
    ['a\nb {{ .Prompt', 'template: :2: unclosed action'],
    ['{{ if .System }}x', 'template: :1: unexpected EOF'],
    ['x\n\n{{ end }}', 'template: :3: unexpected {{end}}'],
  ])('words %j as the parser of Go', (template, message) => {
    expect(() => renderTemplate(template, VALUES)).toThrow(new ProxyException(message, 500));
  });

  it('refuses a template of very many actions', () => {
    expect(() => renderTemplate('{{.Prompt}}'.repeat(10_001), VALUES)).toThrow('template: too many actions');
  });
});
