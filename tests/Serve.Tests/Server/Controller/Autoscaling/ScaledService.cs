using Serve.Identity;
using Serve.Server.Controller;
using Serve.Server.Controller.Autoscaling;
using Serve.Specs;
using Serve.Specs.Autoscaling;
using Serve.Status;
using Serve.Testing.Cluster;

namespace Serve.Tests.Server.Controller.Autoscaling;

/// <summary>A fake cluster with one autoscaled deployment, its autoscaler, and the load that a test makes up.</summary>
internal sealed class ScaledService
{
    private static readonly DeploymentId Api = new("shop", "Api");

    private ScaledService(FakeCluster cluster, FakeProgram program)
    {
        Cluster = cluster;
        Program = program;
        Rounds = new AutoscalerRounds(Load);
    }

    public FakeCluster Cluster { get; }

    public FakeProgram Program { get; }

    public FakeLoad Load { get; } = new();

    public AutoscalerRounds Rounds { get; private set; }

    public int Target => Cluster.Find("shop", "Api").Target.Spec.NumReplicas;

    public int Ready => Cluster.Replicas("shop", "Api").Count;

    public DeploymentStatus Status => Cluster.Find("shop", "Api").Condition.Status;

    public static async Task<ScaledService> StartAsync(AutoscalingOptions options, double cpus = 8)
    {
        var cluster = await FakeCluster.StartAsync(cpus: cpus);
        var service = new ScaledService(cluster, cluster.Programs.Put("/p", FakeProgram.Of("v1", FakeProgram.Ingress("Api"))));
        await service.SubmitAsync(options);
        return service;
    }

    public ApplicationSpec App(AutoscalingOptions options) => FakeCluster.App("shop", "/p", overrides: new DeploymentOptions { Name = "Api", Autoscaling = options });

    public async Task SubmitAsync(AutoscalingOptions options)
    {
        await Cluster.DeployAsync(App(options));
        await Cluster.SettleAsync();
    }

    /// <summary>From now on there is this load; the autoscaler has some rounds to see it.</summary>
    public async Task LoadAsync(LoadFigures figures)
    {
        Load.Set("shop", "Api", figures);
        await PassAsync(0.5);
    }

    /// <summary>Lets time pass, from each time that the autoscaler waits for to the next.</summary>
    public async Task PassAsync(double seconds)
    {
        var end = Cluster.Clock.GetUtcNow().AddSeconds(seconds);
        await Cluster.SettleAsync();
        while (Cluster.Clock.GetUtcNow() < end)
        {
            // Where nothing is due, rounds do nothing, and a tenth of a second is as good as a minute.
            var rest = end - Cluster.Clock.GetUtcNow();
            var isBusy = await RoundAsync();
            await Cluster.PassAsync(isBusy || rest < TimeSpan.FromSeconds(2) ? Min(rest, AutoscalerRounds.Round) : rest > TimeSpan.FromMinutes(10) ? TimeSpan.FromSeconds(10) : TimeSpan.FromSeconds(1));
        }
    }

    public Task<RequestProblem?> AutoscaleAsync(int from, int to) => Cluster.AutoscaleAsync(Api, from, to, ScalingRule.Up);

    public async Task RestartControllerAsync()
    {
        await Cluster.RestartControllerAsync();
        Rounds = new AutoscalerRounds(Load);
    }

    private async Task<bool> RoundAsync()
    {
        var changes = Rounds.Next(Cluster.State, Cluster.Clock.GetUtcNow());
        foreach (var (id, decision) in changes)
        {
            await Cluster.AutoscaleAsync(id, decision.Before, decision.After, decision.Rule);
            Rounds.Answered(id);
            await Cluster.SettleAsync();
        }

        return changes.Count > 0;
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
