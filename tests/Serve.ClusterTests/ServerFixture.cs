using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>One server with the test program, shared by the tests that leave it as it was.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    internal ServeProcess Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Server = await ServeProcess.StartAsync(_folder.Path);
        await Server.DeployAsync(TestProgram.Document(TestProgram.Application(prefix: "/app")));
    }

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }
}
