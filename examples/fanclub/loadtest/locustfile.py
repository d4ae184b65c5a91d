"""Fans who log in and look around, and visitors who only look."""

import hosts
import users
from locust import HttpUser, between, task
from locust.exception import StopUser


class LoggedInFan(HttpUser):
    host = hosts.core_url
    weight = 20
    wait_time = between(1, 10)

    def on_start(self):
        fan = users.get_random_for_login()
        form = {"email": fan["email"], "password": fan["password"], "rememberMe": "1"}
        with self.client.post("/login", data=form, name="Log In", catch_response=True) as answer:
            try:
                told = answer.json()
            except ValueError:
                told = {}
            if not told.get("success"):
                answer.failure(told.get("error") or answer.text)
            elif "userId" not in self.client.cookies:
                answer.failure('No "userId" cookie set')
            else:
                return
        raise StopUser()

    def look(self, page, name):
        with self.client.get("/" + page, name=name, catch_response=True) as answer:
            if not answer.ok:
                answer.failure(f"{answer.status_code}")
                return
        url = hosts.iframes[page]
        self.client.get(hosts.iframe_url + "/" + url, name=f"Logged In iframe: {url}")

    @task(30)
    def fanclub(self):
        self.look("demo/fanclub", "Logged In Fan Club")

    @task(30)
    def events(self):
        self.look("demo/events", "Logged In Event Page")

    @task(30)
    def store(self):
        self.look("demo/store", "Logged In Store Page")


class Visitor(HttpUser):
    host = hosts.core_url
    weight = 5
    wait_time = between(1, 10)

    @task
    def home(self):
        self.client.get("/", name="Home")
        self.client.get("http://static.starclub.example/css/site.css", name="Style")
