"""Mail, by which a forgotten password is replaced: without a server for it, that isn't offered."""
from gluon.tools import Mail

# A link in a mail must not lead where the request's Host header says, which anybody can write.
if settings.smtp.server and (host_names or request.is_local):
    auth.settings.mailer = Mail()
    auth.settings.mailer.settings.update(
        server=settings.smtp.server, sender=settings.smtp.sender, login=settings.smtp.login or None,
        tls=settings.smtp.tls, ssl=settings.smtp.ssl)
    auth.settings.host = host_names[0] if host_names else request.env.http_host
else:
    auth.settings.actions_disabled += ['request_reset_password', 'reset_password', 'verify_email']
