namespace Serve.TestProgram;

/// <summary>A part of the program beside its deployments, without which its host does not start.</summary>
internal sealed class BrokenService : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("the database is not there");

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
