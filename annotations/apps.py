from django.apps import AppConfig
from django.contrib.admin import apps as django_admin


class AnnotationsConfig(AppConfig):
    name = "annotations"
    default_auto_field = "django.db.models.BigAutoField"
    default = True


class InstanceAdminConfig(django_admin.AdminConfig):
    """Django's admin on a site of our own; stands in INSTALLED_APPS in the place of `django.contrib.admin`."""

    default_site = "critique_app.admin_site.InstanceAdminSite"
    default = False
