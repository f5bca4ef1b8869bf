using System.Buffers;

namespace Serve.Tests.Server.Proxy;

/// <summary>Answers that are larger than what may be on its way at once.</summary>
public sealed class LargeAnswerTests : ProxyHarness
{
    [Theory]
    [InlineData(true, 16 * 1024)]
    [InlineData(false, 16 * 1024)]
    [InlineData(true, 256 * 1024)]
    [InlineData(false, 256 * 1024)]
    public async Task Answer_OfManyPieces_ComesWhole(bool hasLength, int piece)
    {
        const int Pieces = 40;
        var bytes = new byte[piece];
        await ServeAsync(async context =>
        {
            if (hasLength)
                context.Response.ContentLength = 7 + ((long)Pieces * piece);
            context.Response.BodyWriter.Write(new byte[7]);
            for (var i = 0; i < Pieces; i++)
                await context.Response.BodyWriter.WriteAsync(bytes);
        });
        using var http = ClientOf((await StartAsync()).HttpAddress);
        for (var i = 0; i < 3; i++)
            (await http.GetByteArrayAsync("/")).Length.ShouldBe(7 + (Pieces * piece));
    }
}
