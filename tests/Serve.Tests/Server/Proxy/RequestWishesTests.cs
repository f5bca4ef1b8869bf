using Microsoft.AspNetCore.Http;
using Serve.Server.Proxy;
using Serve.Specs;

namespace Serve.Tests.Server.Proxy;

public sealed class RequestWishesTests
{
    [Theory]
    [InlineData("u=0", 0)]
    [InlineData("u=7, i", 7)]
    [InlineData("i, u=2", 2)]
    [InlineData("5", 5)]
    [InlineData("u=8", 3)]
    [InlineData("u=-1", 3)]
    [InlineData("urgent", 3)]
    [InlineData("", 3)]
    public void ReadUrgency_OfAHeader_IsTheDefaultWhereItSaysNothing(string text, int expected) => RequestWishes.ReadUrgency(text).ShouldBe(expected);

    [Theory]
    [InlineData("serve_multiplexed_model_id", null, "m1")]
    [InlineData("Serve-Multiplexed-Model-Id", null, "m1")]
    [InlineData("multiplexed_model_id", null, null)]
    [InlineData("multiplexed_model_id", "application/grpc", "m1")]
    [InlineData("serve_multiplexed_model_id", "application/grpc", "m1")]
    public void Of_ModelId_IsFoundUnderItsNames(string header, string? contentType, string? expected)
    {
        var request = new DefaultHttpContext().Request;
        request.ContentType = contentType;
        request.Headers[header] = "m1";
        Of(request).ModelId.ShouldBe(expected);
    }

    [Fact]
    public void Of_Session_IsUnderTheNameThatTheDocumentGives()
    {
        var request = new DefaultHttpContext().Request;
        request.Headers["x-session-id"] = "usual";
        request.Headers["x-chat"] = "own";
        Of(request).SessionId.ShouldBe("usual");
        Of(request, new HttpOptions { SessionIdHeader = "X-Chat" }).SessionId.ShouldBe("own");
    }

    [Fact]
    public void Of_PlainRequest_WishesNothing()
    {
        var wishes = Of(new DefaultHttpContext().Request);
        wishes.ShouldBe(default);
    }

    private static Serve.Routing.PickRequest Of(HttpRequest request, HttpOptions? options = null)
    {
        using var deadline = new RequestDeadline(allowed: null, TimeProvider.System, CancellationToken.None);
        return new RequestWishes(options ?? new HttpOptions()).Of(request, deadline);
    }
}
