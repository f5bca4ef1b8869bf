using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace Serve.Hosting;

/// <summary>
/// A worker ends when its agent says so: by SIGTERM, or by the end of their link. A Ctrl-C in the terminal reaches workers and server alike;
/// here it is ignored, so that the server can let running requests finish.
/// </summary>
internal sealed class ReplicaLifetime(IHostApplicationLifetime lifetime) : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, static context => context.Cancel = true));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            lifetime.StopApplication();
        }));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }
}
