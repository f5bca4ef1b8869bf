using Serve.Simulation.Autoscaling;
using Serve.Testing;

namespace Serve.Tests.Server.Controller.Autoscaling;

/// <summary>The autoscaler follows loads of many shapes, side by side with Ray Serve's default policy.</summary>
public sealed class LoadShapeTests
{
    private static readonly Lazy<IReadOnlyList<AutoscalingReport.Row>> Rows = new(static () => AutoscalingReport.RunAll(seeds: 1));

    [Fact]
    public void Shapes_OurPolicyAgainstRays_IsNoWorseInLatencyNorInReplicas()
    {
        var worse = from shape in Rows.Value.GroupBy(row => row.Shape)
                    let ray = shape.Single(row => row.Policy == "ray")
                    from ours in shape.Where(row => row.Policy != "ray")
                    where ours.Result.P95 > Rounded(ray.Result.P95) || ours.SecondsPerRequest > ray.SecondsPerRequest || ours.Result.OverObjective > ray.Result.OverObjective || ours.Result.Flaps > 0
                    select $"{ours} against {ray}";
        worse.ShouldBeEmpty();
    }

    [Fact]
    public void Shapes_Results_AreThoseInTheRepository() =>
        Baseline.WhatDiffers("tests/Serve.Tests/Server/Controller/Autoscaling/testassets/shapes.txt", AutoscalingReport.Table(Rows.Value)).ShouldBeNull();

    /// <summary>Milliseconds count: service times are drawn, so that no two runs have the same percentile to the last digit.</summary>
    private static double Rounded(double seconds) => Math.Ceiling(seconds * 1000) / 1000;
}
