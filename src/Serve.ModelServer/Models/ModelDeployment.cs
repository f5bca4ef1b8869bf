using Serve.ModelServer.Args;
using Serve.OpenInference;

namespace Serve.ModelServer.Models;

/// <summary>A replica of a model that is a deployment of its own, under the model's name.</summary>
[Deployment]
internal sealed class ModelDeployment(ModelServerArgs args, ReplicaContext replica, TimeProvider timeProvider, ILogger<ModelDeployment> logger) : IModel, IInitialize, ICheckHealth, IAsyncDisposable
{
    private readonly string _name = replica.Deployment;
    private HostedModels? _models;

    private HostedModels Models => _models ?? throw new DeploymentUnavailableException($"The model '{_name}' is not loaded yet.");

    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        _models = await HostedModels.OpenAsync(args.Models.Single(model => model.Name == _name).ToOptions(), replica, timeProvider, logger, cancellationToken);
        if (_models.Failures() is { Count: > 0 } failures)
            throw new InvalidOperationException($"The model '{_name}' can't be served. {string.Join(" ", failures)}");
    }

    public Task CheckHealthAsync(CancellationToken cancellationToken) =>
        Models.IsReady(_name, version: null) ? Task.CompletedTask : throw new DeploymentUnavailableException($"The model '{_name}' is not ready.");

    public async Task<ModelAnswer> InferAsync(ModelRequest request, CancellationToken cancellationToken)
    {
        // A caller in the same process may give up and dispose its inputs while they are read here.
        var inputs = new KeyValuePair<string, TensorBuffer>[request.Inputs.Count];
        var shared = 0;
        try
        {
            for (; shared < inputs.Length; shared++)
                inputs[shared] = new(request.Inputs[shared].Key, request.Inputs[shared].Value.Share());
            return await Models.InferAsync(_name, request with { Inputs = inputs }, cancellationToken);
        }
        finally
        {
            foreach (var (_, tensor) in inputs.AsSpan(0, shared))
                tensor.Dispose();
        }
    }

    public Task<bool> IsReadyAsync(string? version, CancellationToken cancellationToken) => Task.FromResult(Models.IsReady(_name, version));

    public Task<ModelDescription> DescribeAsync(string? version, CancellationToken cancellationToken) => Task.FromResult(Models.Describe(_name, version));

    public Task<string> GetConfigAsync(string? version, CancellationToken cancellationToken) => Task.FromResult(Models.GetConfig(_name, version).ToJsonString());

    public Task<IReadOnlyList<InferenceStatistics>> GetStatisticsAsync(string? version, CancellationToken cancellationToken) => Task.FromResult(Models.GetStatistics(_name, version));

    public ValueTask DisposeAsync() => _models?.DisposeAsync() ?? ValueTask.CompletedTask;
}
