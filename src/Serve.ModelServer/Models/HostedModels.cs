using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Serve.Onnx;
using Serve.OpenInference;

namespace Serve.ModelServer.Models;

/// <summary>The models that are loaded in this process.</summary>
internal sealed class HostedModels : IAsyncDisposable
{
    private readonly TimeProvider _timeProvider;
    private readonly ReplicaContext _replica;
    private readonly ConditionalWeakTable<LoadedModel, ModelRunner> _runners = [];

    private HostedModels(ModelRepository repository, ReplicaContext replica, TimeProvider timeProvider)
    {
        Repository = repository;
        _replica = replica;
        _timeProvider = timeProvider;
    }

    public ModelRepository Repository { get; }

    /// <exception cref="OnnxModelException">The place can't be had.</exception>
    public static async Task<HostedModels> OpenAsync(ModelRepositoryOptions options, ReplicaContext replica, TimeProvider timeProvider, ILogger logger, CancellationToken cancellationToken) =>
        new(await ModelRepository.OpenAsync(options, timeProvider, logger, cancellationToken), replica, timeProvider);

    /// <summary>Why models that were to be loaded are not, one line for each.</summary>
    public IReadOnlyList<string> Failures() =>
        [.. Repository.Index().Where(static line => line.State == ModelState.Unavailable && line.Reason.Length > 0).Select(static line => line.Reason).Distinct(StringComparer.Ordinal)];

    /// <exception cref="ServeException">The model isn't there or not ready, or the request doesn't fit it.</exception>
    public async Task<ModelAnswer> InferAsync(string name, ModelRequest request, CancellationToken cancellationToken)
    {
        using var use = Repository.Use(name, request.Version);
        var call = new ModelCall
        {
            Inputs = request.Inputs,
            Outputs = request.Outputs,
            Priority = request.Priority,
            QueueTimeout = TimeSpan.FromTicks(request.TimeoutMicroseconds * TimeSpan.TicksPerMicrosecond),
        };
        var outputs = await RunnerOf(use.Model).RunAsync(call, cancellationToken);
        return new ModelAnswer(VersionOf(use.Model), outputs);
    }

    /// <exception cref="ServeException">There is no such model or version.</exception>
    public bool IsReady(string name, string? version)
    {
        try
        {
            using var use = Repository.Use(name, version);
            return true;
        }
        catch (DeploymentUnavailableException)
        {
            return false;
        }
    }

    /// <exception cref="ServeException">There is no such model or version, or it is not ready.</exception>
    public ModelDescription Describe(string name, string? version)
    {
        using var use = Repository.Use(name, version);
        return ModelFacts.Describe(use.Model, [.. ReadyVersions(name)]);
    }

    /// <exception cref="ServeException">There is no such model or version, or it is not ready.</exception>
    public JsonObject GetConfig(string name, string? version)
    {
        using var use = Repository.Use(name, version);
        return use.Model.Config.ToJson();
    }

    /// <param name="name">The model, or null for all.</param>
    /// <param name="version">The version, or null for all.</param>
    /// <exception cref="ServeException">There is no such model or version, or it is not ready.</exception>
    public IReadOnlyList<InferenceStatistics> GetStatistics(string? name, string? version)
    {
        // Says whether there is such a one at all.
        if (name is not null)
            Repository.Use(name, version).Dispose();
        var statistics = new List<InferenceStatistics>();
        foreach (var line in Repository.Index(readyOnly: true).Where(line => name is null || line.Name == name))
        {
            var number = TextOf(line.Version!.Value);
            if (string.IsNullOrEmpty(version) || number == version)
                AddStatistics(line.Name, number, statistics);
        }

        return statistics;
    }

    public ValueTask DisposeAsync() => Repository.DisposeAsync();

    private static string VersionOf(LoadedModel model) => TextOf(model.Version);

    private static string TextOf(long version) => version.ToString(CultureInfo.InvariantCulture);

    private IEnumerable<string> ReadyVersions(string name) => Repository.Index(readyOnly: true).Where(line => line.Name == name).Select(static line => TextOf(line.Version!.Value));

    private void AddStatistics(string name, string version, List<InferenceStatistics> statistics)
    {
        try
        {
            using var use = Repository.Use(name, version);
            statistics.Add(ModelFacts.Statistics(use.Model, RunnerOf(use.Model).Statistics));
        }
        catch (ServeException)
        {
            // It was unloaded in this moment.
        }
    }

    private ModelRunner RunnerOf(LoadedModel model) => _runners.GetValue(model, NewRunner);

    private ModelRunner NewRunner(LoadedModel model)
    {
        PoolThreads.MakeRoomFor(model);
        return new ModelRunner(model, _timeProvider, _replica);
    }
}
