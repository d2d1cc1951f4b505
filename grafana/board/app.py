"""The web board's addresses. Nothing that a browser sends is ever SQL: it names a panel and values of variables."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, HTTPExceptionHandler, Message, Receive, Scope, Send

from grafana.board.boards import Board, UnknownError, View, panel_of, view
from grafana.board.database import Cell, Database, QueryError, Result
from grafana.board.macros import MacroError
from grafana.board.timerange import TimeRangeError

STATIC = Path(__file__).parent / "static"
QUERIES_AT_ONCE = 8
FRESHNESS = "SELECT dateDiff('second', maxOrNull(received_at), now64(3)) FROM events"
_HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        b" base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
]


class SecureHeaders:
    """Adds to every answer the headers that keep foreign scripts out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        await self.app(scope, receive, send_with_headers)


PATIENCE_S = 2


class BoardApp:
    """The handlers, and what they share: the boards, the database and the threads that query it."""

    def __init__(self, boards: Mapping[str, Board], database: Database, version: str) -> None:
        self.boards, self.database, self.version = boards, database, version
        self.threads = ThreadPoolExecutor(QUERIES_AT_ONCE, "board-query")

    async def home(self, request: Request) -> Response:
        """The first board, with the address's own parameters."""
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/d/{next(iter(self.boards))}{query}")

    async def page(self, request: Request) -> Response:
        """The page of a board: the same for all, its script reads the address."""
        self._board(request.path_params["uid"])
        return FileResponse(STATIC / "index.html")

    async def board(self, request: Request) -> Response:
        """The committed JSON."""
        return Response(self._board(request.path_params["uid"]).text, media_type="application/json")

    async def variables(self, request: Request) -> Response:
        """The options of each variable under the address's choice."""
        board, chosen = self._view(request)
        results = await asyncio.gather(*(self._query(chosen.options_sql(variable)) for variable in board.variables))
        options = zip(board.variables, results, strict=True)
        return JSONResponse({variable.name: [row[0] for row in result.rows] for variable, result in options})

    async def annotations(self, request: Request) -> Response:
        """The marks of each annotation under the address's choice."""
        board, chosen = self._view(request)
        results = await asyncio.gather(*(self._query(chosen.annotation_sql(one)) for one in board.annotations))
        return JSONResponse(
            [
                {"name": one.name, "color": one.colour, "marks": _objects(result)}
                for one, result in zip(board.annotations, results, strict=True)
            ]
        )

    async def query(self, request: Request) -> Response:
        """What a panel shows under the address's choice."""
        board, chosen = self._view(request)
        panel = panel_of(board, request.query_params.get("panel", ""))
        result = await self._query(chosen.panel_sql(panel))
        return JSONResponse(
            {
                "columns": [{"name": name, "type": type_} for name, type_ in result.columns],
                "rows": result.rows,
                "from": round(chosen.range.start.timestamp() * 1_000),
                "to": round(chosen.range.end.timestamp() * 1_000),
                "interval": chosen.interval_ms(panel),
            }
        )

    async def status(self, request: Request) -> Response:
        """What every process tells of itself; the board has no lag and keeps nothing."""
        try:
            freshness = (await asyncio.wait_for(self._query(FRESHNESS), PATIENCE_S)).rows[0][0]
        except (QueryError, TimeoutError):
            # A status page has to answer just when ClickHouse does not.
            freshness = None
        return JSONResponse(
            {"version": self.version, "lag": {}, "dirty": 0, "spool_depth": 0, "freshness": freshness},
        )

    async def live(self, request: Request) -> Response:
        """The process answers."""
        return JSONResponse({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """The board can read its tables."""
        try:
            await asyncio.wait_for(self._query("SELECT count() FROM service_teams WHERE 0"), PATIENCE_S)
        except TimeoutError:  # who asks for health waits for seconds, not for the driver's limit
            raise QueryError(f"ClickHouse did not answer within {PATIENCE_S} s", 503) from None
        return JSONResponse({"status": "ok"})

    def _board(self, uid: str) -> Board:
        board = self.boards.get(uid)
        if board is None:
            raise UnknownError(f"there is no board {uid!r}; there are: {', '.join(self.boards)}")
        return board

    def _view(self, request: Request) -> tuple[Board, View]:
        board = self._board(request.path_params["uid"])
        parameters = parse_qs(request.url.query, keep_blank_values=True)
        return board, view(board, parameters, datetime.now(UTC))

    async def _query(self, sql: str) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self.threads, self.database.query, sql)


def create_app(boards: Mapping[str, Board], database: Database, version: str) -> Starlette:
    """The application; the first of `boards` is its home."""
    board = BoardApp(boards, database, version)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        board.threads.shutdown(wait=False, cancel_futures=True)

    handlers = {
        "/": board.home,
        "/d/{uid}": board.page,
        "/api/boards/{uid}": board.board,
        "/api/boards/{uid}/variables": board.variables,
        "/api/boards/{uid}/annotations": board.annotations,
        "/api/boards/{uid}/query": board.query,
        "/status": board.status,
        "/health/live": board.live,
        "/health/ready": board.ready,
    }
    return Starlette(
        routes=[
            *(Route(path, handler, methods=["GET"]) for path, handler in handlers.items()),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(SecureHeaders)],
        exception_handlers={
            UnknownError: _refusal("There is no such page", 404),
            TimeRangeError: _refusal("The time range cannot be read", 400),
            MacroError: _refusal("The panel's SQL cannot be expanded", 500),
            QueryError: _refusal("ClickHouse did not answer", 502),
        },
        lifespan=lifespan,
    )


def _objects(result: Result) -> list[dict[str, Cell]]:
    return [dict(zip([name for name, _ in result.columns], row, strict=True)) for row in result.rows]


def _refusal(title: str, status: int) -> HTTPExceptionHandler:
    async def answer(request: Request, error: Exception) -> Response:
        code = error.status if isinstance(error, QueryError) else status
        problem = {"type": "about:blank", "title": title, "status": code, "detail": str(error)}
        return JSONResponse(problem, status_code=code, media_type="application/problem+json")

    return answer
