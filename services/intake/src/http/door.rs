//! The door: who may come in, how many at once, and the way of a request from its head to its answer.
//!
//! Whatever is asked for, the token is looked at first: without one there is nothing to be learnt, not even which paths exist.
//! The body is read only when there is room for it. Must never enter: what a message means, how it is kept.

use super::{
    Append, Keys, Limits, NotAppended, Taken, Tokens, answer,
    body::{self, Packing},
    messages::{self, Form, Sorted},
    problem::{Fault, Problem},
    tokens::Holder,
};
use axum::{
    Extension, Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::post,
};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What all requests share.
struct Shared<A> {
    append: A,
    keys: Keys,
    ring: Mutex<Arc<Ring>>,
    limits: Limits,
    /// Room for requests.
    room: Arc<Semaphore>,
}

/// The tokens of a file, with room for the requests of each.
struct Ring {
    tokens: Arc<Tokens>,
    rooms: Vec<Arc<Semaphore>>,
}

impl Ring {
    fn of(tokens: Arc<Tokens>, limits: &Limits) -> Arc<Self> {
        let rooms = (0..tokens.count()).map(|_| Arc::new(Semaphore::new(limits.requests_of_token_max))).collect();
        Arc::new(Self { tokens, rooms })
    }
}

impl<A> Shared<A> {
    /// The tokens that open the door now.
    fn ring(&self) -> Arc<Ring> {
        let tokens = self.keys.now();
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&ring.tokens, &tokens) {
            *ring = Ring::of(tokens, &self.limits);
        }
        Arc::clone(&ring)
    }
}

/// Whose token a request carries: by its place among those that opened the door when it came.
#[derive(Clone)]
struct Caller {
    ring: Arc<Ring>,
    place: usize,
}

/// The routes of the door: `POST /api/v1/events`.
pub fn routes<A: Append>(append: A, keys: impl Into<Keys>, limits: Limits) -> Router {
    let keys = keys.into();
    let ring = Mutex::new(Ring::of(keys.now(), &limits));
    let shared = Arc::new(Shared { append, keys, ring, limits, room: Arc::new(Semaphore::new(limits.requests_max)) });
    Router::new()
        .route("/api/v1/events", post(events::<A>).fallback(wrong_verb))
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "Not found", "messages are posted to /api/v1/events"))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), authenticated::<A>))
        .with_state(shared)
}

async fn wrong_verb() -> Response {
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", "messages are posted");
    ([(header::ALLOW, "POST")], problem).into_response()
}

/// Lets a request with a token pass.
async fn authenticated<A: Append>(State(shared): State<Arc<Shared<A>>>, mut request: Request, next: Next) -> Response {
    let Some(caller) = caller(request.headers(), shared.ring()) else {
        tracing::warn!(path = request.uri().path(), "a request without a token that is known");
        return Problem::new(StatusCode::UNAUTHORIZED, "Unauthorized", "authorization: Bearer with a token of a feed is needed")
            .into_response();
    };
    request.extensions_mut().insert(caller);
    next.run(request).await
}

fn caller(headers: &HeaderMap, ring: Arc<Ring>) -> Option<Caller> {
    let mut told = headers.get_all(header::AUTHORIZATION).iter();
    let value = told.next().filter(|_| told.next().is_none())?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let place = scheme.eq_ignore_ascii_case("bearer").then(|| ring.tokens.holder(token.trim())).flatten()?;
    Some(Caller { ring, place })
}

async fn events<A: Append>(State(shared): State<Arc<Shared<A>>>, Extension(caller): Extension<Caller>, request: Request) -> Response {
    taken(&shared, &caller, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn taken<A: Append>(shared: &Shared<A>, caller: &Caller, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let (form, packing) = (Form::of(&head.headers)?, Packing::of(&head.headers)?);
    let _room = room(shared, caller)?;
    let Sorted { taken, faults } = read(shared.limits, (form, packing), head.headers, body).await?;
    faults.iter().for_each(|fault| shared.append.turned_away(fault.reason));
    let holder =
        caller.ring.tokens.at(caller.place).ok_or_else(|| Problem::new(StatusCode::UNAUTHORIZED, "Unauthorized", "the token is gone"))?;
    speaks(holder, &taken)?;
    let (places, messages): (Vec<usize>, Vec<Taken>) = taken.into_iter().unzip();
    if messages.is_empty() {
        return Err(nothing(faults));
    }
    append(shared, messages).await?;
    Ok(answer::durable(places, faults))
}

/// Room for one more request, of this token and at all.
fn room<A>(shared: &Shared<A>, caller: &Caller) -> Result<[OwnedSemaphorePermit; 2], Problem> {
    let full = |_| {
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests", "too many requests at once: try again");
        problem.retry_after(shared.limits.retry_after)
    };
    let own = caller.ring.rooms.get(caller.place).map_or_else(|| Arc::clone(&shared.room), Arc::clone);
    Ok([own.try_acquire_owned().map_err(full)?, Arc::clone(&shared.room).try_acquire_owned().map_err(full)?])
}

/// The messages of a body. Unpacking and decoding may take a while and do so on a thread of their own.
async fn read(limits: Limits, (form, packing): (Form, Packing), headers: HeaderMap, body: Body) -> Result<Sorted, Problem> {
    let bytes = body::read(body, &headers, &limits).await?;
    let reading = tokio::task::spawn_blocking(move || {
        let bytes = body::unpacked(bytes, packing, &limits)?;
        messages::read(form, &headers, &bytes, limits.messages_max)
    });
    reading.await.unwrap_or_else(|_| Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "A bug", "the request could not be read")))
}

/// Refuses the whole request when a message is of a feed that the token does not speak for.
fn speaks(holder: &Holder, taken: &[(usize, Taken)]) -> Result<(), Problem> {
    let others = taken.iter().filter(|(_, message)| !holder.speaks_for(&message.event.source));
    let errors: Vec<Fault> = others
        .map(|(line, message)| {
            let detail = format!("the token does not speak for the feed {}", message.event.source);
            Fault { line: *line, reason: "forbidden", field: Some("source".to_owned()), detail }
        })
        .collect();
    if errors.is_empty() {
        return Ok(());
    }
    tracing::warn!(token = holder.name, messages = errors.len(), "a token was used for a feed it does not speak for");
    let detail = "nothing of the request was taken: the token does not speak for every feed in it";
    Err(Problem { errors, ..Problem::new(StatusCode::FORBIDDEN, "Forbidden", detail) })
}

fn nothing(errors: Vec<Fault>) -> Problem {
    let detail = if errors.is_empty() { "there is no message in the body" } else { "there is no event in the body" };
    Problem { errors, ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "Nothing to take", detail) }
}

async fn append<A: Append>(shared: &Shared<A>, messages: Vec<Taken>) -> Result<(), Problem> {
    let limits = &shared.limits;
    let appended = tokio::time::timeout(limits.append_timeout, shared.append.append(messages)).await;
    let NotAppended { reason, retry_after } = match appended {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(failure)) => failure,
        Err(_) => NotAppended { reason: "the append took too long".to_owned(), retry_after: limits.retry_after },
    };
    tracing::warn!(reason, "messages could not be made durable");
    let detail = "the messages may not be durable: send them again, they will count once";
    Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Not durable", detail).retry_after(retry_after))
}
