<div id="foot">
<pre>
<?= IMPRINT, "\n" ?>
Elsewhere: www.starclub.example
Shop by phone? Not yet.
</pre>
<p>Found an error? <a href="https://twitter.com/starclubexample">Tell us</a>, or read <a href="https://www.php.net/manual/en/">the manual</a>.</p>
<?php include __DIR__ . '/promo.php'; ?>
<script>
var STARCLUB = {"base": "http://www.starclub.example", "widgets": 'http://widgets.starclub.example', cookie: ".starclub.example", user: <?= json_encode($user['id'] ?? null) ?>};
document.domain = 'starclub.example';
</script>
<script src="http://static.starclub.example/js/app.js"></script>
</div>
</body>
</html>
