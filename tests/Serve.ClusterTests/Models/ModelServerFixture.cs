using Serve.Testing;

namespace Serve.ClusterTests.Models;

/// <summary>A server with the application of <c>deployments/onnx.yaml</c>, and one whose models clients load.</summary>
public sealed class ModelServerFixture : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    internal ServeProcess Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Server = await ServeProcess.StartAsync(_folder.Path);
        var models = Path.Combine(Server.DataFolder, "models");
        foreach (var model in new[] { "squares", "count", "add" })
        {
            Directory.CreateDirectory(Path.Combine(models, model, "1"));
            File.Copy(Repository.PathOf($"tests/Serve.Onnx.Tests/Onnx/models/{model}.onnx"), Path.Combine(models, model, "1", "model.onnx"));
        }

        var result = await Server.CliAsync("deploy", WriteDocument(""), "--wait");
        result.ExitCode.ShouldBe(0, $"{result}\n{Server.Output}");
    }

    /// <summary>The document of both with more applications behind them: a deploy of a document takes away what it does not name.</summary>
    public string WriteDocument(string more)
    {
        var path = Path.Combine(Server.DataFolder, $"{Guid.NewGuid():N}.yaml");
        var own = File.ReadAllText(Repository.PathOf("deployments/onnx.yaml")).Replace("../samples", Repository.PathOf("samples"), StringComparison.Ordinal);
        File.WriteAllText(path, $$"""
            {{own}}
              - name: explicit
                route_prefix: /explicit
                import_path: builtin:model-server
                args:
                  model_repository: models
                  model_control: explicit
                  models:
                    counter: {path: models/count}
                deployments:
                  - name: ModelServer
                    ray_actor_options: {num_cpus: 0}
                  - name: counter
                    ray_actor_options: {num_cpus: 0}
            {{more}}
            """);
        return path;
    }

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }
}
