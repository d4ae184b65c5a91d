"""Fans who log in and look around, fans who only look at one page, and visitors who don't log in."""

import hosts
import users
from locust import HttpUser, between, task


class Fan(HttpUser):
    """Logs in before anything else; as long as that fails, it tries again and does nothing more."""

    abstract = True
    host = hosts.core_url
    wait_time = between(1, 10)

    def on_start(self):
        while not self.log_in():
            self.wait()

    def log_in(self):
        fan = users.get_random_for_login()
        form = {"email": fan["email"], "password": fan["password"], "rememberMe": "1"}
        with self.client.post("/login", data=form, name="Log In", catch_response=True) as answer:
            try:
                told = answer.json()
            except ValueError:
                told = None
            if not isinstance(told, dict) or not told.get("success"):
                error = told.get("error") if isinstance(told, dict) else None
                answer.failure(str(error or answer.text or answer.error or f"status {answer.status_code}")[:300])
            elif not self.client.cookies.get("userId"):
                answer.failure('No "userId" cookie set')
            else:
                return True
        return False

    def look(self, page, url, name):
        """A page, and if it came, what it shows in a frame from another host."""
        with self.client.get("/" + page, name=name, catch_response=True) as answer:
            if not 0 < answer.status_code < 400:  # 0: no answer; Locust tells why.
                if answer.status_code:
                    answer.failure(f"status {answer.status_code}")
                return
        self.client.get(hosts.iframe_url + "/" + url, name=f"Logged In iframe: {url}")


class LoggedInFan(Fan):
    """Goes from page to page."""

    weight = 20

    @task(30)
    def fanclub(self):
        self.look("demo/fanclub", "fanclub", "Logged In Fan Club")

    @task(30)
    def events(self):
        self.look("demo/events", "events", "Logged In Event Page")

    @task(30)
    def store(self):
        self.look("demo/store", "store", "Logged In Store Page")


class Collector(Fan):
    """Comes back to the store, again and again."""

    weight = 5

    @task
    def store(self):
        self.look("demo/store", "store", "Logged In Store Page")


class Visitor(HttpUser):
    """Looks at the home page, logged out."""

    host = hosts.core_url
    weight = 5
    wait_time = between(1, 10)

    @task
    def home(self):
        with self.client.get("/", name="Home", catch_response=True) as answer:
            if not 0 < answer.status_code < 400:  # 0: no answer; Locust tells why.
                if answer.status_code:
                    answer.failure(f"status {answer.status_code}")
                return
        self.client.get(hosts.static_url + "/css/site.css", name="Style")
