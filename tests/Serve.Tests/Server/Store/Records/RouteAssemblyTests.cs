using Serve.Identity;
using Serve.Routing;
using Serve.Server.Store.Records;

namespace Serve.Tests.Server.Store.Records;

public sealed class RouteAssemblyTests
{
    private static readonly byte[] Own = StoreJson.Write(new ApplicationRoutes("my shop", "/shop", "Api", []));
    private readonly RouteAssembly _assembly = new();

    [Fact]
    public void Take_KeysInTheirOrder_ApplicationComesWithAllItsDeployments()
    {
        var keys = new[] { ClusterKeys.RoutesOf("my shop"), KeyOf("Api"), KeyOf("Model") };
        keys.Order(StringComparer.Ordinal).Last().ShouldBe(keys[0], "whoever reads a range must not see an application without its deployments");
        _assembly.Take(KeyOf("Api"), RoutesOf("Api")).Routes.ShouldBeNull();
        _assembly.Take(KeyOf("Model"), RoutesOf("Model")).Routes.ShouldBeNull();
        var (application, routes) = _assembly.Take(keys[0], Own);
        application.ShouldBe("my shop");
        routes!.RoutePrefix.ShouldBe("/shop");
        routes.Deployments.Select(deployment => deployment.Name).ShouldBe(["Api", "Model"]);
    }

    [Fact]
    public void Take_DeploymentChangesOrGoes_OthersStay()
    {
        _assembly.Take(KeyOf("Api"), RoutesOf("Api"));
        _assembly.Take(KeyOf("Model"), RoutesOf("Model"));
        _assembly.Take(ClusterKeys.RoutesOf("my shop"), Own);
        _assembly.Take(KeyOf("Api"), RoutesOf("Api", "1-1")).Routes!.Deployments.Select(deployment => deployment.Replicas.Count).ShouldBe([1, 0]);
        _assembly.Take(KeyOf("Model"), value: null).Routes!.Deployments.Select(deployment => deployment.Name).ShouldBe(["Api"]);
    }

    [Fact]
    public void Take_ApplicationGoes_HasNoRoutesWhateverIsLeft()
    {
        _assembly.Take(KeyOf("Api"), RoutesOf("Api"));
        _assembly.Take(ClusterKeys.RoutesOf("my shop"), Own);
        _assembly.Take(ClusterKeys.RoutesOf("my shop"), value: null).ShouldBe(("my shop", null));
        _assembly.Take(KeyOf("Api"), value: null).Routes.ShouldBeNull();
    }

    private static string KeyOf(string deployment) => ClusterKeys.RoutesOf(new DeploymentId("my shop", deployment));

    private static byte[] RoutesOf(string name, params string[] replicas) =>
        StoreJson.Write(new DeploymentRoutes(name, MaxOngoingRequests: 1, MaxQueuedRequests: 1, [.. replicas.Select(replica => new ReplicaRoute(replica, $"/run/{replica}"))]));
}
