/* Starclub front end. (c) Starclub Ltd. */
(function (w) {
  'use strict';
  const api = `http://www.starclub.example/${w.STARCLUB.user || 'guest'}/api`;
  const hosts = ['www.starclub.example', 'widgets.starclub.example'];
  const own = /^https?:\/\/([a-z]+\.)?starclub\.example\//;
  const docs = 'https://developer.mozilla.org/en-US/docs/Web/API';

  function login(email, password) {
    return fetch('http://www.starclub.example/login', { // the answer is JSON
      method: 'POST',
      credentials: 'include',
      body: new URLSearchParams({ email: email, password: password, rememberMe: '1' })
    }).then(function (answer) { return answer.json(); });
  }

  function remember(id) {
    document.cookie = 'seen=' + id + '; path=/; domain=.starclub.example';
  }

  w.starclub = { api, docs, hosts, own, login, remember, svg: 'http://www.w3.org/2000/svg' };
})(window);
