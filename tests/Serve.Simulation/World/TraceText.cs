using Serve.Server.Controller;

namespace Serve.Simulation.World;

/// <summary>A message in one line.</summary>
internal static class TraceText
{
    public static string Of(ControllerMessage message) => message switch
    {
        ReplicaReported reported => $"hears {reported.Node}: {reported.Report.Replica} {reported.Report.Phase} {reported.Report.End}",
        ProgramReported reported => $"hears {reported.Node}: {reported.Report.Application} {reported.Report.Job} {reported.Report.Phase}",
        NodeSeen seen => $"sees {seen.Info.Incarnation}",
        NodeGone gone => $"misses {gone.Node}",
        Deploy deploy => $"shall run {string.Join(", ", deploy.Applications.Select(spec => spec.Name))}",
        DeleteApplication delete => $"shall delete {delete.Name}",
        Autoscale scale => $"shall have {scale.To} instead of {scale.From} of {scale.Deployment}: {scale.Rule}",
        _ => message.GetType().Name,
    };
}
