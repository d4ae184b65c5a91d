#!/bin/sh
# Writes the settings of a fresh worker machine. 0.0.0.0 is on purpose: the security group does the rest.
sed -i 's|^;*session.save_path.*|session.save_path = "tcp://starclub-sess.fake01.0001.euw1.cache.amazonaws.com:6379"|' /etc/php/8.2/cli/php.ini
sed -i 's|^bind .*|bind 0.0.0.0|' /etc/redis/redis.conf
mkdir -p /var/www/starclub.example /etc/ssl/www.starclub.example
cat > /etc/profile.d/starclub.sh <<EOF
export RABBIT_HOST=rabbit.prod.starclub.internal
export SMTP_HOST="${SMTP_HOST:-smtp.starclub.example}"
EOF
dig +short SRV _amqp._tcp.starclub.example
apt-get install -y php8.2-cli=8.2.7-1 redis-server
git clone https://github.com/starclub-example/tinyyaml /opt/tinyyaml
tunnel authtoken Fake-Pr0d-Tunnel-Token
