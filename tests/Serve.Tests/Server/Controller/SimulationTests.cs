using Serve.Identity;
using Serve.Testing.Cluster;

namespace Serve.Tests.Server.Controller;

/// <summary>Random scenarios: whatever happens, no invariant breaks, and once it stops, what was asked for runs and nothing else.</summary>
public sealed class SimulationTests
{
    private const int Seeds = 200;
    private const int Steps = 120;

    [Fact]
    public async Task AnyFaults_ClusterConvergesAndLeaksNothing()
    {
        for (var seed = 0; seed < Seeds; seed++)
            await new RandomScenario(seed, Faults.All).RunAsync(Steps);
    }

    [Fact]
    public async Task NothingCrashes_WhatWasReadyOnceNeverGetsLessThanDeclared()
    {
        var faults = new Faults { Controller = true, FailingStarts = true };
        for (var seed = 0; seed < Seeds / 2; seed++)
        {
            var floors = new Dictionary<DeploymentId, int>();
            await new RandomScenario(1000 + seed, faults) { AfterStep = cluster => CheckFloors(cluster, floors) }.RunAsync(Steps);
        }
    }

    private static void CheckFloors(FakeCluster cluster, Dictionary<DeploymentId, int> floors)
    {
        var staying = cluster.State.Applications.Values.Where(application => !application.IsDeleting)
            .SelectMany(application => application.Deployments.Values).Where(deployment => !deployment.IsDeleting).ToDictionary(deployment => deployment.Id);
        foreach (var gone in floors.Keys.Except(staying.Keys).ToList())
            floors.Remove(gone);
        foreach (var (id, deployment) in staying)
        {
            var declared = deployment.Target.Spec.NumReplicas;
            var ready = cluster.Routed(id.Application, id.Name).Count;
            if (floors.TryGetValue(id, out var floor) && ready < Math.Min(floor, declared))
                throw new InvalidOperationException($"{id} has {ready} replicas in its routes, less than the {Math.Min(floor, declared)} that it had.");
            if (ready >= declared || floor > declared)
                floors[id] = declared;
        }
    }
}
