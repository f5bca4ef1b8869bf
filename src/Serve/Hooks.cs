using Microsoft.AspNetCore.Routing;

namespace Serve;

/// <summary>
/// A deployment that takes requests from outside: it maps ASP.NET Core endpoints under the application's route prefix. An endpoint
/// gets the replica's own instance by naming the class as a parameter:
/// <code>public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet("/hello", (Greeter greeter, string name) => greeter.Greet(name));</code>
/// </summary>
public interface IIngress
{
    /// <summary>Maps the endpoints. Runs before the deployment is constructed, also where the program only describes itself.</summary>
    /// <param name="endpoints">Where to map; paths are relative to the application's route prefix.</param>
    static abstract void Map(IEndpointRouteBuilder endpoints);
}

/// <summary>A deployment with more to do before it is ready than a constructor can.</summary>
public interface IInitialize
{
    /// <summary>Runs once, after the constructor and before the first request. An exception fails the replica's start.</summary>
    /// <param name="cancellationToken">Cancelled when the replica shall end.</param>
    Task InitializeAsync(CancellationToken cancellationToken);
}

/// <summary>A deployment with settings that change while it runs: <c>user_config</c>.</summary>
/// <typeparam name="TUserConfig">What the settings are read into; a property <c>MinScore</c> is read from <c>min_score</c>.</typeparam>
public interface IReconfigure<in TUserConfig>
{
    /// <summary>
    /// Runs after <see cref="IInitialize.InitializeAsync"/> where a user config is set, and after each change of it. No request runs
    /// meanwhile, unless <see cref="DeploymentAttribute.ReconfiguresWhileServing"/> is set: the replica turns new ones away and waits for those that run.
    /// An exception fails the start, or the update.
    /// </summary>
    /// <param name="userConfig">The new settings.</param>
    /// <param name="cancellationToken">Cancelled when the replica shall end.</param>
    Task ReconfigureAsync(TUserConfig userConfig, CancellationToken cancellationToken);
}

/// <summary>A deployment that knows best whether it is well.</summary>
public interface ICheckHealth
{
    /// <summary>Runs every <c>health_check_period_s</c>. An exception, or no answer within <c>health_check_timeout_s</c>, is a failure; three in a row replace the replica.</summary>
    /// <param name="cancellationToken">Cancelled when the answer comes too late.</param>
    Task CheckHealthAsync(CancellationToken cancellationToken);
}

/// <summary>A deployment that can tell scaling policies more than how many requests there are: the depth of its own queue, the memory of its GPU.</summary>
public interface IRecordMetrics
{
    /// <summary>
    /// Runs about once a second, where a node agent runs the replica, and while requests run. The values hold until others take their place.
    /// An exception, no answer within 5 seconds, and what is no number or has no good name is left out and counted (<c>serve_record_autoscaling_stats_failed_total</c>).
    /// </summary>
    /// <param name="cancellationToken">Cancelled when the answer comes too late.</param>
    /// <returns>Up to 16 metrics of the replica, by name: a letter and then letters, digits, <c>_</c> and <c>.</c>, at most 64.</returns>
    ValueTask<IReadOnlyDictionary<string, double>> RecordMetricsAsync(CancellationToken cancellationToken);
}
