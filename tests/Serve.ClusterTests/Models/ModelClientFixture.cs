using Serve.ClusterTests.Grpc;
using Serve.Testing;

namespace Serve.ClusterTests.Models;

/// <summary>A model server of one application, as most are, and what foreign clients see of it: each client runs once, for all tests.</summary>
public sealed class ModelClientFixture : IAsyncLifetime
{
    private const string Scripts = "tests/Serve.ClusterTests/Models";

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, Task<IReadOnlyDictionary<string, string>>> _seen = new(StringComparer.Ordinal);
    private ServeProcess _server = null!;

    /// <summary>Where it listens for HTTP.</summary>
    public Uri Address => _server.Http.BaseAddress!;

    /// <summary>For files that a client sends.</summary>
    public string Folder => _folder.Path;

    /// <summary>What each scenario saw, by the client's name.</summary>
    public Task<IReadOnlyDictionary<string, string>> SeenBy(string client)
    {
        var target = _server.Addresses.Grpc!.Authority;
        if (_seen.TryGetValue(client, out var seen))
            return seen;
        return _seen[client] = client == "node"
            ? ForeignProgram.RunScenariosAsync("node", Repository.PathOf(Scripts, "models.mjs"), target, Repository.PathOf("."))
            : ForeignProgram.RunScenariosAsync(PythonGrpcTheoryAttribute.Python, Repository.PathOf(Scripts, "models.py"), target);
    }

    public async Task InitializeAsync()
    {
        var models = Path.Combine(_folder.Path, "models");
        Directory.CreateDirectory(Path.Combine(models, "squares", "1"));
        File.Copy(Repository.PathOf("tests/Serve.Onnx.Tests/Onnx/models/squares.onnx"), Path.Combine(models, "squares", "1", "model.onnx"));
        _server = await ServeProcess.RunAsync(
            _folder.Path,
            $$"""
            applications:
              - name: models
                import_path: builtin:model-server
                args:
                  model_repository: {{models}}
                  model_control: explicit
                  models:
                    digits: {path: {{Repository.PathOf("samples/digits/digits.onnx")}}}
                deployments:
                  - name: ModelServer
                    ray_actor_options: {num_cpus: 0}
                  - name: digits
                    ray_actor_options: {num_cpus: 0}
            """);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }
}
