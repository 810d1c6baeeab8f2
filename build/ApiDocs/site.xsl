<?xml version="1.0" encoding="utf-8"?>
<!-- The pages, of what build/api-docs.sh has collected in one <site>: mdoc's <Type>s, the <api> of PublicAPI.*.txt, the folder of each
     <source>, the <concept>s of docs/ as HTML, and contents.xml. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:exsl="http://exslt.org/common"
    xmlns:str="http://exslt.org/strings" xmlns:s="urn:site" extension-element-prefixes="exsl str" exclude-result-prefixes="s">
  <xsl:import href="code.xsl"/>

  <xsl:template match="/">
    <xsl:apply-templates select="site | site/Type | site/concept" mode="page"/>
  </xsl:template>

  <xsl:template match="*" mode="page">
    <xsl:variable name="page" select="."/>
    <exsl:document href="{s:file(.)}" method="html" doctype-system="about:legacy-compat" encoding="utf-8" indent="no">
      <html lang="en">
        <head>
          <meta name="viewport" content="width=device-width, initial-scale=1"/>
          <title><xsl:value-of select="s:title(.)"/><xsl:if test="parent::site"> - Microsoft.ML.Snn</xsl:if></title>
          <link rel="stylesheet" href="site.css"/>
        </head>
        <body>
          <header><a href="index.html">Microsoft.ML.Snn</a><a href="#pages">All pages</a></header>
          <main><xsl:apply-templates select="." mode="content"/></main>
          <nav id="pages" aria-label="All pages">
            <xsl:for-each select="/site/contents/group">
              <h2><xsl:value-of select="@title"/></h2>
              <ul>
                <xsl:for-each select="s:pages(.)">
                  <xsl:sort select="@Name"/>
                  <li>
                    <a href="{s:file(.)}">
                      <xsl:if test="@FullName = $page/@FullName"><xsl:attribute name="aria-current">page</xsl:attribute></xsl:if>
                      <xsl:value-of select="s:title(.)"/>
                    </a>
                  </li>
                </xsl:for-each>
              </ul>
            </xsl:for-each>
          </nav>
        </body>
      </html>
    </exsl:document>
  </xsl:template>

  <!-- The index -->

  <xsl:template match="site" mode="content">
    <h1>Microsoft.ML.Snn <small><xsl:value-of select="Type/AssemblyInfo/AssemblyVersion"/></small></h1>
    <p class="lead">Deep spiking neural networks as ordinary ML.NET components.</p>
    <xsl:for-each select="contents/group">
      <h2><xsl:value-of select="@title"/></h2>
      <p><xsl:value-of select="."/><xsl:call-template name="concepts"/></p>
      <dl>
        <xsl:for-each select="s:pages(.)">
          <xsl:sort select="@Name"/>
          <dt>
            <a href="{s:file(.)}"><xsl:value-of select="s:title(.)"/></a>
            <xsl:text> </xsl:text><small><xsl:value-of select="s:kind(.)"/></small>
          </dt>
          <dd><xsl:value-of select="substring-after(h1, ': ')"/><xsl:apply-templates select="Docs/summary"/></dd>
          <xsl:for-each select="Members/Member[s:catalog(.)][not(s:takes-options(.))]">
            <dt class="inner"><a href="{s:href(.)}"><xsl:value-of select="concat(s:catalog(.), @MemberName)"/></a></dt>
            <dd class="inner"><xsl:apply-templates select="Docs/summary"/></dd>
          </xsl:for-each>
        </xsl:for-each>
      </dl>
    </xsl:for-each>
  </xsl:template>

  <xsl:template name="concepts">
    <xsl:if test="@concepts"> Concepts: </xsl:if>
    <xsl:for-each select="/site/concept[contains(concat(' ', current()/@concepts, ' '), concat(' ', @FullName, ' '))]">
      <a href="{s:file(.)}"><xsl:value-of select="s:title(.)"/></a>
      <xsl:value-of select="substring(',.', 1 + (position() = last()), 1)"/>
      <xsl:text> </xsl:text>
    </xsl:for-each>
  </xsl:template>

  <!-- A type -->

  <xsl:template match="Type" mode="content">
    <h1><xsl:value-of select="s:title(.)"/><xsl:text> </xsl:text><small><xsl:value-of select="s:kind(.)"/></small></h1>
    <div class="lead"><xsl:apply-templates select="Docs/summary"/></div>
    <pre class="signature"><code><xsl:call-template name="type-signature"/></code></pre>
    <p class="place">
      <xsl:value-of select="concat('Namespace ', substring-before(concat(@FullName, ' '), concat('.', @Name, ' ')), '.')"/>
      <xsl:for-each select="s:group(.)"><xsl:call-template name="concepts"/></xsl:for-each>
    </p>
    <xsl:apply-templates select="Docs/remarks | Docs/example"/>
    <xsl:if test="s:kind(.) = 'enum'">
      <h2>Values</h2>
      <dl>
        <xsl:for-each select="Members/Member">
          <xsl:sort select="MemberValue" data-type="number"/>
          <div id="{@MemberName}">
            <dt><code><xsl:value-of select="concat(@MemberName, ' = ', MemberValue)"/></code></dt>
            <dd><xsl:apply-templates select="Docs/summary | Docs/remarks"/></dd>
          </div>
        </xsl:for-each>
      </dl>
    </xsl:if>
    <xsl:variable name="shown" select="Members/Member[s:kind(../..) != 'enum' and s:shown(.)]"/>
    <xsl:for-each select="/site/contents/kind[@name = $shown/MemberType]">
      <xsl:variable name="members" select="$shown[MemberType = current()/@name]"/>
      <xsl:variable name="names" select="$members[not(@MemberName = preceding-sibling::*[s:shown(.)]/@MemberName)]"/>
      <h2><xsl:value-of select="."/></h2>
      <xsl:if test="count($names) > 3">
        <ul class="names">
          <xsl:for-each select="$names"><li><a href="#{@MemberName}"><xsl:value-of select="s:name(.)"/></a></li></xsl:for-each>
        </ul>
      </xsl:if>
      <xsl:for-each select="$names">
        <section id="{@MemberName}">
          <h3><a href="#{@MemberName}"><small><xsl:value-of select="s:catalog(.)"/></small><xsl:value-of select="s:name(.)"/></a></h3>
          <xsl:apply-templates select="$members[@MemberName = current()/@MemberName]" mode="content">
            <xsl:sort select="s:takes-options(.)"/>
          </xsl:apply-templates>
        </section>
      </xsl:for-each>
    </xsl:for-each>
  </xsl:template>

  <xsl:template match="Member" mode="content">
    <xsl:variable name="docs" select="Docs | key('member', Docs/inheritdoc/@cref)/Docs"/>
    <article>
      <pre class="signature"><code><xsl:call-template name="signature"/></code></pre>
      <xsl:apply-templates select="Docs/summary | Docs/remarks"/>
      <!-- The compiler writes no comment for a constructor that it makes. -->
      <xsl:if test="not(s:written(Docs/summary))">
        <p>Creates an instance in which every member has its default<xsl:if test="s:has-required(../..)">; those that are required must be
          set</xsl:if>.</p>
      </xsl:if>
      <xsl:if test="Parameters/Parameter">
        <h4>Parameters</h4>
        <dl>
          <xsl:for-each select="Parameters/Parameter">
            <dt><code><xsl:value-of select="@Name"/></code></dt>
            <dd><xsl:apply-templates select="$docs/param[@name = current()/@Name][s:written(.)][1]"/></dd>
          </xsl:for-each>
        </dl>
      </xsl:if>
      <xsl:if test="s:written(Docs/returns)"><h4>Returns</h4><xsl:apply-templates select="Docs/returns"/></xsl:if>
      <xsl:if test="$docs/exception">
        <h4>Exceptions</h4>
        <dl>
          <xsl:for-each select="$docs/exception">
            <dt><xsl:call-template name="reference"/></dt>
            <dd><p><xsl:apply-templates/></p></dd>
          </xsl:for-each>
        </dl>
      </xsl:if>
      <xsl:apply-templates select="Docs/example"/>
    </article>
  </xsl:template>

  <!-- XML comments -->

  <xsl:template match="summary | remarks | returns | param">
    <xsl:choose>
      <xsl:when test="not(s:written(.))"/>
      <xsl:when test="para | code | format"><xsl:apply-templates/></xsl:when>
      <xsl:otherwise><p><xsl:apply-templates/></p></xsl:otherwise>
    </xsl:choose>
  </xsl:template>
  <xsl:template match="para"><p><xsl:apply-templates/></p></xsl:template>
  <xsl:template match="c | paramref"><code><xsl:value-of select="concat(@name, .)"/></code></xsl:template>
  <xsl:template match="example"><h4>Example</h4><xsl:apply-templates/></xsl:template>
  <xsl:template match="code"><pre><code><xsl:value-of select="substring-after(., '&#10;')"/></code></pre></xsl:template>
  <xsl:template match="see[@cref]"><xsl:call-template name="reference"/></xsl:template>
  <xsl:template match="*" priority="-1">
    <xsl:message terminate="yes">site.xsl has no template for the element <xsl:value-of select="name()"/> of an XML comment.</xsl:message>
  </xsl:template>

  <!-- Markdown, which is HTML here: docs/, and some of the comments. -->

  <xsl:template match="format"><xsl:apply-templates mode="html"/></xsl:template>
  <xsl:template match="concept" mode="content"><xsl:apply-templates mode="html"/></xsl:template>
  <xsl:template match="@* | node()" mode="html"><xsl:copy><xsl:apply-templates select="@* | node()" mode="html"/></xsl:copy></xsl:template>
  <xsl:template match="h2" mode="html">
    <h2 id="{translate(., &quot;ABCDEFGHIJKLMNOPQRSTUVWXYZ :,'&quot;, 'abcdefghijklmnopqrstuvwxyz-')}"><xsl:apply-templates mode="html"/></h2>
  </xsl:template>
  <xsl:template match="format//h3" mode="html"><h2><xsl:apply-templates mode="html"/></h2></xsl:template>
  <xsl:template match="thead[not(normalize-space())]" mode="html"/>
  <xsl:template match="a[starts-with(@href, 'xref:')]" mode="html">
    <xsl:variable name="term" select="key('term', substring-after(@href, ':'))[1]"/>
    <xsl:choose>
      <xsl:when test="$term"><a href="{s:href($term)}"><code><xsl:value-of select="s:name($term)"/></code></a></xsl:when>
      <xsl:when test="starts-with(., 'xref:')">
        <xsl:call-template name="reference"><xsl:with-param name="cref" select="str:replace(@href, 'xref:', 'T:')"/></xsl:call-template>
      </xsl:when>
      <xsl:otherwise><a href="{s:learn(substring-after(@href, ':'))}"><xsl:value-of select="."/></a></xsl:otherwise>
    </xsl:choose>
  </xsl:template>
  <xsl:template match="a/@href" mode="html">
    <xsl:attribute name="href"><xsl:value-of select="str:replace(., '.md', '.html')"/></xsl:attribute>
  </xsl:template>
  <xsl:template match="code[key('term', .)]" mode="html">
    <a href="{s:href(key('term', .)[1])}"><code><xsl:value-of select="."/></code></a>
  </xsl:template>
</xsl:stylesheet>
