"""A person at a desk, through the JSON API with the session of a browser."""

from dataclasses import dataclass, field

import httpx

PASSWORD = "a-Long-enough-Passw0rd"


@dataclass
class Desk:
    """Somebody who is signed in."""

    base_url: str
    username: str
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.base_url, timeout=60, follow_redirects=True)
        self.client.get("/login/")
        form = {
            "username": self.username,
            "password": PASSWORD,
            "csrfmiddlewaretoken": self.client.cookies["csrftoken"],
        }
        answer = self.client.post("/login/", data=form, headers={"Referer": self.base_url})
        assert "sessionid" in self.client.cookies, answer.text[:500]

    def leave(self) -> None:
        """Close the connections."""
        self.client.close()

    def get(self, path: str, **query: object) -> dict:
        """Read."""
        answer = self.client.get(f"/api/v1/{path}", params=query)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    def post(self, path: str, *, status: int | None = None, method: str = "POST", **body: object) -> dict:
        """Ask for a change."""
        headers = {"X-CSRFToken": self.client.cookies["csrftoken"], "Referer": self.base_url}
        answer = self.client.request(method, f"/api/v1/{path}", json=body, headers=headers)
        assert answer.status_code == status if status else answer.status_code < 300, (
            path,
            answer.status_code,
            answer.text,
        )
        return answer.json() if answer.content else {}
