<?php
// entered by cron, past Laravel
echo "report for reports.shop.example\n";
