using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>Tests that do to a server what others could not share with them: each has one of its own.</summary>
public abstract class OwnServerTests : IAsyncLifetime
{
    private protected TemporaryFolder Folder { get; } = new();

    private protected ServeProcess Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Server = await ServeProcess.StartAsync(Folder.Path);
        await PrepareAsync();
    }

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        Folder.Dispose();
    }

    /// <summary>What each of the tests begins with.</summary>
    private protected virtual Task PrepareAsync() => Task.CompletedTask;
}
