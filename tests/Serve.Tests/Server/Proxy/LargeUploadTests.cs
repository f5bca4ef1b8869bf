using System.Net;
using Microsoft.AspNetCore.Http;
using Serve.Specs;

namespace Serve.Tests.Server.Proxy;

/// <summary>A body that is larger than any memory would be spent on.</summary>
[Collection(HttpFuzzTests.Alone)]
public sealed class LargeUploadTests : ProxyHarness
{
    private const long Gigabyte = 1024L * 1024 * 1024;

    private const long MaxGrowth = 64L * 1024 * 1024;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Upload_OfAGigabyte_PassesAtFlatMemory(bool hasLength)
    {
        await ServeAsync(static async context =>
        {
            long length = 0;
            while (await context.Request.BodyReader.ReadAsync() is { Buffer: var buffer, IsCompleted: var isCompleted })
            {
                length += buffer.Length;
                context.Request.BodyReader.AdvanceTo(buffer.End);
                if (isCompleted)
                    break;
            }

            await context.Response.WriteAsync($"{length}");
        });
        using var http = ClientOf((await StartAsync(new HttpOptions { MaxRequestBodyBytes = 2 * Gigabyte })).HttpAddress);
        var upload = new Zeros(hasLength);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        using var response = await http.PostAsync("/", upload);
        (await response.Content.ReadAsStringAsync()).ShouldBe($"{Gigabyte}");
        (upload.MostMemory - before).ShouldBeLessThan(MaxGrowth);
    }

    /// <summary>A gigabyte of zeros that looks now and then how much memory the process holds.</summary>
    private sealed class Zeros(bool hasLength) : HttpContent
    {
        private const int BlockLength = 256 * 1024;

        private const long LookEach = Gigabyte / 16;

        public long MostMemory { get; private set; }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var block = new byte[BlockLength];
            for (long sent = 0; sent < Gigabyte; sent += BlockLength)
            {
                await stream.WriteAsync(block);
                if (sent % LookEach == 0)
                    MostMemory = Math.Max(MostMemory, GC.GetTotalMemory(forceFullCollection: true));
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = Gigabyte;
            return hasLength;
        }
    }
}
