using System.Text.Json.Nodes;
using Serve.Server.Controller;
using Serve.Wire.Control;

namespace Serve.Tests.Server.Controller;

public sealed class GrpcServicesTests
{
    [Fact]
    public void Of_Program_FindsTheServicesOfItsIngressOnly()
    {
        var program = new ProgramDescription(ProgramDescription.CurrentContract,
        [
            Deployment(
                isIngress: true,
                ("POST", "/shop.v1.Carts/Add"),
                ("POST", "/shop.v1.Carts/Remove"),
                ("POST", "/Bare/Call"),
                ("GET", "/shop.Get/Call"),
                ("*", "/shop.Any/Call"),
                ("POST", "/{service}/Call"),
                ("POST", "/shop.Deep/Call/More"),
                ("POST", "/2.bad/Call"),
                ("POST", "/shop./Call"),
                ("POST", "/only")),
            Deployment(isIngress: false, ("POST", "/inner.Service/Call")),
        ]);
        GrpcServices.Of(program).ShouldBe(["Bare", "shop.v1.Carts"]);
    }

    [Fact]
    public void Of_ProgramWithoutGrpc_IsNull() =>
        GrpcServices.Of(new ProgramDescription(ProgramDescription.CurrentContract, [Deployment(isIngress: true, ("GET", "/"))])).ShouldBeNull();

    private static DeploymentDescription Deployment(bool isIngress, params (string Method, string Path)[] routes) =>
        new("Api", "Api", isIngress, new JsonObject(), [], [], [.. routes.Select(route => new RouteDescription(route.Method, route.Path))]);
}
