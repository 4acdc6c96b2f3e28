// A request to /api/chat as a program. The results need nothing that has to be installed.

/** In place of pictures, which have megabytes. */
const PICTURE = 'BASE64 OF THE IMAGE';

const PYTHON = { true: 'True', false: 'False', null: 'None' };

export const LANGUAGES = { curl: toCurl, Python: toPython, JavaScript: toJavaScript };

/** Two spaces a level, and `indent` spaces in front of every line but the first. */
function pretty(value, indent) {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${' '.repeat(indent)}`);
}

function withoutPictures(request) {
  const messages = request.messages.map((message) =>
    message.images ? { ...message, images: message.images.map(() => PICTURE) } : message,
  );
  return { ...request, messages };
}

function toCurl(url, request, isKeyed) {
  const key = isKeyed ? ' -H "Authorization: Bearer YOUR_KEY"' : '';
  const body = pretty(withoutPictures(request), 0).replaceAll("'", String.raw`'\''`);
  return `curl ${url}/api/chat${key} -d '${body}'`;
}

function toPython(url, request, isKeyed) {
  const body = pretty(withoutPictures(request), 4).replace(
    /"(?:[^"\\]|\\.)*"|\b(?:true|false|null)\b/g,
    (token) => PYTHON[token] ?? token,
  );
  const headers = `{"Content-Type": "application/json"${isKeyed ? ', "Authorization": "Bearer YOUR_KEY"' : ''}}`;
  return `import json
import urllib.request

request = urllib.request.Request(
    "${url}/api/chat",
    json.dumps(${body}).encode(),
    ${headers},
)
for line in urllib.request.urlopen(request):
    print(json.loads(line)["message"]["content"], end="", flush=True)`;
}

function toJavaScript(url, request, isKeyed) {
  const headers = isKeyed ? '\n  headers: { Authorization: "Bearer YOUR_KEY" },' : '';
  return `const response = await fetch("${url}/api/chat", {
  method: "POST",${headers}
  body: JSON.stringify(${pretty({ ...withoutPictures(request), stream: false }, 2)}),
});
console.log((await response.json()).message);`;
}
