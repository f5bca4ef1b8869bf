using Serve.ClusterTests.Behaviour;
using Serve.Testing;

namespace Serve.ClusterTests.Grpc;

/// <summary>A server whose one application is a generated gRPC service, and what foreign clients see of it: each client runs once, for all tests.</summary>
public sealed class ForeignClientFixture : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, Task<IReadOnlyDictionary<string, string>>> _seen = new(StringComparer.Ordinal);
    private ServeProcess _server = null!;

    internal JournalFolder Journal { get; } = new();

    private string Target => _server.Addresses.Grpc!.Authority;

    /// <summary>What each scenario saw, by the client's name.</summary>
    public Task<IReadOnlyDictionary<string, string>> SeenBy(string client)
    {
        const string Scripts = "tests/Serve.ClusterTests/Grpc";
        if (_seen.TryGetValue(client, out var seen))
            return seen;
        return _seen[client] = client == "node"
            ? ForeignProgram.RunScenariosAsync("node", Repository.PathOf(Scripts, "client.mjs"), Target, Repository.PathOf("."), Journal.Path)
            : ForeignProgram.RunScenariosAsync(PythonGrpcTheoryAttribute.Python, Repository.PathOf(Scripts, "client.py"), Target, Journal.Path);
    }

    public async Task InitializeAsync()
    {
        var application = TestProgram.Application($"    runtime_env: {{env_vars: {{TEST_PROGRAM: parts}}}}\n    args: {{Journal: {Journal.Path}}}", "parts");
        _server = await ServeProcess.RunAsync(_folder.Path, TestProgram.Document(application));
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        Journal.Dispose();
        _folder.Dispose();
    }
}
