using Microsoft.AspNetCore.Http;
using Serve.Routing;
using Serve.Server.Proxy;
using Serve.Specs;

namespace Serve.Tests.Server.Proxy;

public sealed class RequestTimeoutsTests
{
    [Theory]
    [InlineData(false, null, 300)]
    [InlineData(false, 7, 7)]
    [InlineData(false, 0, null)]
    [InlineData(true, null, 60)]
    [InlineData(true, 7, 7)]
    [InlineData(true, 0, null)]
    public void Of_Application_GoesBeforeTheOptions(bool isGrpc, int? declared, int? expected)
    {
        var request = new DefaultHttpContext().Request;
        request.ContentType = isGrpc ? "application/grpc+proto" : "text/plain";
        var timeouts = new RequestTimeouts(new HttpOptions(), new GrpcOptions { RequestTimeout = TimeSpan.FromSeconds(60) });
        var routes = new ApplicationRoutes("shop", "/", "Api", [], RequestTimeout: declared is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
        timeouts.Of(request, routes)?.TotalSeconds.ShouldBe(expected!.Value);
        (timeouts.Of(request, routes) is null).ShouldBe(expected is null);
    }

    [Fact]
    public void Of_GrpcWithoutATimeoutOfItsOwn_IsThatOfHttp()
    {
        var request = new DefaultHttpContext().Request;
        request.ContentType = "application/grpc";
        new RequestTimeouts(new HttpOptions(), new GrpcOptions()).Of(request, new ApplicationRoutes("shop", "/", "Api", [])).ShouldBe(TimeSpan.FromSeconds(300));
    }
}
