using Serve.Specs;

namespace Serve.Server.Admin;

/// <summary>Whoever asks for a number of replicas that follows the load is told that it does not yet.</summary>
internal static class AutoscalingWarnings
{
    public static IReadOnlyList<string> Of(IEnumerable<ApplicationSpec> applications) =>
    [
        .. from application in applications
           from options in application.Deployments
           where DeploymentRules.ScalesItself(options)
           let spec = DeploymentSpec.Resolve(options.Name, options)
           select $"application '{application.Name}', deployment '{options.Name}': load does not change the number of replicas yet. It starts with {spec.NumReplicas}; 'serve scale' moves it between {spec.Autoscaling!.MinReplicas} and {spec.Autoscaling.MaxReplicas}.",
    ];
}
