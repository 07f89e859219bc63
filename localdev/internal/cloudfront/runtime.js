// What a CloudFront Function finds around it, beside ES: enter makes its event, leave reads its answer.
// Run before the function's own code, which may change what is global.
(function (log) {
  'use strict';
  var parse = JSON.parse, stringify = JSON.stringify, define = Object.defineProperty;
  var has = Function.prototype.call.bind(Object.prototype.hasOwnProperty);

  globalThis.console = { log: function () { log([].map.call(arguments, String).join(' ')); } };
  ['eval', 'Function'].forEach(function (name) { delete globalThis[name]; });

  // fold makes one field of all values of a name: {value, multiValue}.
  function fold(pairs) {
    var all = {};
    pairs.forEach(function (pair) {
      var name = pair[0], one = { value: pair[1] };
      if (!has(all, name)) {
        define(all, name, { value: one, writable: true, enumerable: true, configurable: true });
        return;
      }
      var field = all[name];
      field.multiValue = field.multiValue || [{ value: field.value }];
      field.multiValue.push(one);
    });
    return all;
  }

  function unfold(fields) {
    var pairs = [];
    Object.keys(fields || {}).forEach(function (name) {
      (fields[name].multiValue || [fields[name]]).forEach(function (one) {
        var attributes = one.attributes ? '; ' + one.attributes : '';
        pairs.push([name, String(one.value) + attributes]);
      });
    });
    return pairs;
  }

  function enter(text) {
    var event = parse(text), request = event.request, raw = event.rawQuery;
    delete event.rawQuery;
    ['querystring', 'headers', 'cookies'].forEach(function (part) { request[part] = fold(request[part]); });
    define(request, 'rawQueryString', { value: function () { return raw === null ? undefined : raw; } });
    return event;
  }

  function leave(answer) {
    if (answer === null || typeof answer !== 'object') {
      throw new TypeError('the function returned ' + answer + ', want a request or a response');
    }
    var query = answer.querystring;
    if (query !== undefined && typeof query !== 'string') {
      query = unfold(query).map(function (pair) { return pair.join('='); }).join('&');
    }
    var body = answer.body;
    return stringify({
      statusCode: answer.statusCode, method: answer.method, uri: answer.uri, query: query,
      headers: unfold(answer.headers), cookies: unfold(answer.cookies),
      body: typeof body === 'string' ? { encoding: 'text', data: body } : body,
    });
  }

  return { enter: enter, leave: leave };
})
