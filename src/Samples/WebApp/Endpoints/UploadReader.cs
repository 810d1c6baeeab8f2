using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using WebApp.Limits;

namespace WebApp.Endpoints;

/// <summary>Takes the file out of a request: the whole body, or the one file of a form.</summary>
internal sealed class UploadReader(IOptions<ServiceOptions> options, UploadMemory memory)
{
    // As long as a boundary may be.
    private const int _boundaryLength = 70;

    /// <exception cref="RefusedException">There is no file, more than one, or no memory for it.</exception>
    /// <exception cref="BadHttpRequestException">The body is too large, too slow, or ends early.</exception>
    public async Task<Upload> ReadAsync(HttpRequest request)
    {
        var upload = new Upload(memory, Client.Of(request.HttpContext), options.Value.MaxBodyBytes);
        try
        {
            // Not HasFormContentType: curl calls every body a form's fields unless told otherwise.
            if (MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type)
                && type.MediaType == "multipart/form-data")
                await ReadFormAsync(request, HeaderUtilities.RemoveQuotes(type.Boundary), upload);
            else
                await upload.ReadAsync(request.Body, request.ContentLength);
            if (upload.Bytes.Count == 0)
            {
                throw new RefusedException(
                    StatusCodes.Status400BadRequest, "There is no picture or recording: send one as the body, or as a form's file.");
            }
            return upload;
        }
        catch
        {
            upload.Dispose();
            throw;
        }
    }

    private static async Task ReadFormAsync(HttpRequest request, StringSegment boundary, Upload upload)
    {
        if (boundary.Length is 0 or > _boundaryLength)
        {
            throw new RefusedException(
                StatusCodes.Status400BadRequest, "The form cannot be read: its type has no boundary, or one that is too long.");
        }
        int files = 0;
        try
        {
            var form = new MultipartReader(boundary.ToString(), request.Body);
            while (await form.ReadNextSectionAsync() is { } section)
            {
                // Fields and further files are passed over; nothing of them is kept.
                if (section.GetContentDispositionHeader()?.IsFileDisposition() == true && ++files == 1)
                    await upload.ReadAsync(section.Body, request.ContentLength);
            }
        }
        catch (Exception e) when (e is InvalidDataException or (IOException and not (BadHttpRequestException or ConnectionResetException)))
        {
            throw new RefusedException(StatusCodes.Status400BadRequest, $"The form cannot be read: {e.Message}");
        }
        if (files != 1)
            throw new RefusedException(StatusCodes.Status400BadRequest, $"The form has {files} files: send one.");
    }
}
