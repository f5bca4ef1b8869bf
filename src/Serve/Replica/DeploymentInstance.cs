using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Serve.Discovery;
using Serve.Wire.Control;

namespace Serve.Replica;

/// <summary>One constructed object of a deployment's class, with the hooks that Serve calls on it. The service provider owns and disposes the object.</summary>
internal sealed class DeploymentInstance(DeploymentType type, IServiceProvider services, int index) : IDisposable
{
    private static readonly JsonSerializerOptions UserConfigJson = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        PropertyNameCaseInsensitive = true,
    };

    private object? _target;

    public DeploymentType Type { get; } = type;

    /// <summary>The replica that it is.</summary>
    public ReplicaScope Scope { get; init; } = ReplicaScope.None;

    public object Target => _target ?? throw new InvalidOperationException($"Deployment '{Type.Name}' is not constructed yet.");

    /// <summary>Registers the class so that each index is one object. Index 0 of the first deployment of a class is what an endpoint gets that names the class.</summary>
    public static void Register(IServiceCollection services, DeploymentType type, Func<int, ReplicaContext> context, int count)
    {
        for (var index = 0; index < count; index++)
        {
            var own = index;
            if (IsOfTheClass(type, index))
                services.AddSingleton(type.Type, provider => Construct(provider, type, context(own)));
            else
                services.AddKeyedSingleton(type.Type, (type.Name, index), (provider, _) => Construct(provider, type, context(own)));
        }
    }

    /// <summary>Constructs, initialises and configures the object and asks it for its health.</summary>
    /// <param name="userConfig">The user config, or null where there is none.</param>
    /// <param name="progress">Told what comes next.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public async Task StartAsync(JsonNode? userConfig, Action<StartPhase> progress, CancellationToken cancellationToken)
    {
        progress(StartPhase.Constructor);
        _target = IsOfTheClass(Type, index) ? services.GetRequiredService(Type.Type) : services.GetRequiredKeyedService(Type.Type, (Type.Name, index));
        Scope.Attach(_target);
        if (_target is IInitialize initialize)
        {
            progress(StartPhase.Initialize);
            await initialize.InitializeAsync(cancellationToken);
        }

        if (userConfig is not null)
        {
            progress(StartPhase.Reconfigure);
            await ReconfigureAsync(userConfig, cancellationToken);
        }

        progress(StartPhase.HealthCheck);
        await CheckHealthAsync(cancellationToken);
    }

    /// <exception cref="InvalidOperationException">The class takes no user config, or the config does not fit its type.</exception>
    public Task ReconfigureAsync(JsonNode? userConfig, CancellationToken cancellationToken)
    {
        if (Type.Reconfigures is not { } reconfigures)
            throw new InvalidOperationException($"A user_config is set, but deployment '{Type.Name}' does not implement IReconfigure<T>.");
        var target = reconfigures.GetGenericArguments()[0];
        object? config;
        try
        {
            config = userConfig.Deserialize(target, UserConfigJson);
        }
        catch (JsonException exception)
        {
            throw new InvalidOperationException($"The user_config of deployment '{Type.Name}' does not fit {target.Name}: {exception.Message}", exception);
        }

        return (Task)reconfigures.GetMethod(nameof(IReconfigure<>.ReconfigureAsync))!
            .Invoke(Target, System.Reflection.BindingFlags.DoNotWrapExceptions, binder: null, [config, cancellationToken], culture: null)!;
    }

    /// <summary>Unloads its multiplexed models, each when its users are done. The object itself is the service provider's to end.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Scope.Models?.CloseAsync(cancellationToken) ?? Task.CompletedTask;

    public void Dispose() => Scope.Dispose();

    public Task CheckHealthAsync(CancellationToken cancellationToken) =>
        Target is ICheckHealth health ? health.CheckHealthAsync(cancellationToken) : Task.CompletedTask;

    private static bool IsOfTheClass(DeploymentType type, int index) => index == 0 && !type.IsFurther;

    private static object Construct(IServiceProvider provider, DeploymentType type, ReplicaContext context) =>
        type.TakesContext ? ActivatorUtilities.CreateInstance(provider, type.Type, context) : ActivatorUtilities.CreateInstance(provider, type.Type);
}
