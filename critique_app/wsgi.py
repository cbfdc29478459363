"""The web application for a WSGI server such as gunicorn."""

import os
from threading import Timer

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "critique_app.settings")
application = get_wsgi_application()

WARM_SECONDS = 2.0  # after the start, so that the first pages go first


def _warm() -> None:
    from annotations.web import charts

    charts.warm()


timer = Timer(WARM_SECONDS, _warm)
timer.daemon = True
timer.start()
