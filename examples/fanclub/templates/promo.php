<?php $promo = "static.starclub.example"; ?>
<div class="promo" style="background:url(http://static.starclub.example/img/promo.png)">
<img srcset="https://d1fakestarclub.cloudfront.net/img/p1.png 1x, https://d1fakestarclub.cloudfront.net/img/p2.png 2x" src="http://<?= $promo ?>/img/p1.png" alt="badge@2x.png">
</div>
