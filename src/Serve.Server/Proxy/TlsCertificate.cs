using System.Net.Security;
using Microsoft.Extensions.Logging;
using Serve.Specs;

namespace Serve.Server.Proxy;

/// <summary>
/// The certificate that the proxy shows to its clients. Its files are read again every few seconds: that sees every way in which a
/// certificate is renewed, renamed files and swapped links too. New connections get the new one; files that are wrong change nothing.
/// </summary>
internal sealed partial class TlsCertificate : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly HttpOptions _options;
    private readonly ILogger<TlsCertificate> _logger;
    private readonly PeriodicTimer _timer;
    private readonly Task _watch;
    private volatile SslServerAuthenticationOptions _current;
    private TlsFiles _seen;
    private TlsFiles _judged;

    private TlsCertificate(HttpOptions options, TimeProvider timeProvider, ILogger<TlsCertificate> logger)
    {
        _options = options;
        _logger = logger;
        _judged = _seen = TlsFiles.Read(options);
        _current = _judged.Load(options);
        _timer = new PeriodicTimer(Interval, timeProvider);
        _watch = WatchAsync();
    }

    /// <summary>What a new connection is offered.</summary>
    public SslServerAuthenticationOptions Current => _current;

    /// <returns>Null where the proxy speaks no TLS.</returns>
    /// <exception cref="InvalidOperationException">The files can't be read or don't belong together; the message names them.</exception>
    public static TlsCertificate? Open(HttpOptions options, TimeProvider timeProvider, ILoggerFactory loggers) =>
        options is { SslCertFile: not null, SslKeyFile: not null } ? new TlsCertificate(options, timeProvider, loggers.CreateLogger<TlsCertificate>()) : null;

    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _watch;
    }

    private async Task WatchAsync()
    {
        while (await _timer.WaitForNextTickAsync())
            Look();
    }

    /// <summary>What is there for the first time may be half written: it is judged when the next look still finds it.</summary>
    private void Look()
    {
        var files = default(TlsFiles);
        InvalidOperationException? unreadable = null;
        try
        {
            files = TlsFiles.Read(_options);
        }
        catch (InvalidOperationException exception)
        {
            unreadable = exception;
        }

        if (files == _seen && files != _judged)
            Judge(files, unreadable);
        _seen = files;
    }

    private void Judge(TlsFiles files, InvalidOperationException? unreadable)
    {
        _judged = files;
        try
        {
            _current = unreadable is null ? files.Load(_options) : throw unreadable;
            LogRenewed(_options.SslCertFile!);
        }
        catch (InvalidOperationException exception)
        {
            LogKept(exception, exception.Message);
        }
    }

    [LoggerMessage(EventId = 6010, Level = LogLevel.Information, Message = "New connections get the certificate that is in '{File}' now")]
    private partial void LogRenewed(string file);

    [LoggerMessage(EventId = 6011, Level = LogLevel.Warning, Message = "The certificate in use is kept, for the new one is wrong. {Reason}")]
    private partial void LogKept(Exception exception, string reason);
}
