# One image for web, workers and setup; compose.yaml says which container runs what. Untested: written without an engine.
FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app

# Dependencies first: they change seldom, the code often.
COPY pyproject.toml constraints.txt Makefile README.md ./
COPY critique_app/install.py critique_app/install.py
RUN make setup
COPY . .

RUN useradd --system --create-home second-look \
    && mkdir /instance && chown second-look /instance
USER second-look
ENV SECOND_LOOK_HOME=/instance PATH=/app/.venv/bin:$PATH
VOLUME /instance
EXPOSE 8000
CMD ["gunicorn", "critique_app.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8"]
