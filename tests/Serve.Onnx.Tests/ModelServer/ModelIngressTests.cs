using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Serve.ModelServer;
using Serve.ModelServer.Args;
using Serve.ModelServer.Models;
using Serve.OpenInference;

namespace Serve.Onnx.Tests.ModelServer;

/// <summary>The deployment in front, with models that a test makes.</summary>
public sealed class ModelIngressTests
{
    [Fact]
    public async Task Lists_OneModelDoesNotAnswer_HaveTheOthers()
    {
        await using var ingress = IngressOf(new("good", new Model()), new("lost", new Model { Failure = new ReplicaLostException("It ended.") }));
        (await ingress.GetStatisticsAsync(model: null, version: null, CancellationToken.None)).Select(one => one.Name).ShouldBe(["good"]);
        (await ingress.GetModelNamesAsync(CancellationToken.None)).ShouldBe(["good", "lost"]);
        await Should.ThrowAsync<ReplicaLostException>(async () => await ingress.GetStatisticsAsync("lost", version: null, CancellationToken.None));
    }

    [Fact]
    public async Task IsReady_OneModelsCodeFails_IsNotReady()
    {
        await using var ingress = IngressOf(new("good", new Model()), new("wrong", new Model { Failure = new RemoteException("wrong", "T", "It broke.", remoteStackTrace: null) }));
        (await ingress.IsReadyAsync(CancellationToken.None)).ShouldBeFalse();
    }

    private static ModelIngress IngressOf(params KeyValuePair<string, Model>[] models)
    {
        var args = new JsonObject { ["models"] = new JsonObject(models.Select(model => KeyValuePair.Create(model.Key, (JsonNode?)new JsonObject { ["path"] = $"{model.Key}.onnx" }))) };
        return new ModelIngress(ModelServerArgs.Read(args), new Handles(models.ToDictionary(StringComparer.Ordinal)), new ReplicaContext("app", ModelServerArgs.Ingress, "app#ModelServer#1-0", IsEmbedded: false), TimeProvider.System, NullLogger<ModelIngress>.Instance);
    }

    private sealed class Handles(Dictionary<string, Model> models) : IDeploymentHandles
    {
        public DeploymentHandle<T> Get<T>()
            where T : class => throw new NotSupportedException();

        public DeploymentHandle<T> Get<T>(string deployment)
            where T : class => new((T)(models.TryGetValue(deployment, out var model) ? model : (object)new OtherReplica()));

        public DeploymentHandle<T> Get<T>(string application, string deployment)
            where T : class => throw new NotSupportedException();
    }

    private sealed class Model : IModel
    {
        public Exception? Failure { get; init; }

        public Task<ModelAnswer> InferAsync(ModelRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> IsReadyAsync(string? version, CancellationToken cancellationToken) => Failure is null ? Task.FromResult(true) : Task.FromException<bool>(Failure);

        public Task<ModelDescription> DescribeAsync(string? version, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<string> GetConfigAsync(string? version, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<InferenceStatistics>> GetStatisticsAsync(string? version, CancellationToken cancellationToken) =>
            Failure is null ? Task.FromResult<IReadOnlyList<InferenceStatistics>>([new InferenceStatistics("good", "1")]) : Task.FromException<IReadOnlyList<InferenceStatistics>>(Failure);
    }
}
